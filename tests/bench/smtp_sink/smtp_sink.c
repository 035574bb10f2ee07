/*
 * The receiving end of the measurements and of the fault tests: an SMTP server on 127.0.0.1 that takes everything, keeps
 * nothing and counts. One process, one core, epoll. `smtp_sink --help` lists what it can be asked for.
 *
 * It follows RFC 5321 with PIPELINING (2920), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531) and CHUNKING (3030). It is strict
 * where a sender could be wrong unnoticed: what comes before it may come is counted as `other`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { INPUT = 128 * 1024, LINE = 2048, PATH = 512, RECIPIENTS = 1000, RECORD = 256 * 1024, RULES = 32, EVENTS = 256 };
enum { READS_PER_TURN = 4, RECORD_LATENCY_MS = 100, REPORT_LATENCY_MS = 50 };

enum mode { COMMANDS, BODY, CHUNK, DEAF };
/* Where in "CR LF . CR LF" the body is: what was seen of it so far. */
enum mark { INSIDE, CR, LINE_START, DOT, DOT_CR };
enum stage { AT_CONNECT, AT_EHLO, AT_MAIL, AT_RCPT, AT_DATA, AT_DOT, STAGES };
static const char *const stage_names[STAGES] = {"connect", "ehlo", "mail", "rcpt", "data", "dot"};
enum extension { PIPELINING, CHUNKING, EIGHT_BIT, SMTP_UTF8, SIZE, EXTENSIONS };

struct rule {
    enum stage stage;
    uint64_t every, first, only; /* one of them is not 0 */
    char reply[PATH];
};

/* Offsets into the stream of replies: what was said, what may be written by now (--delay-ms), what was written. */
struct connection {
    int fd;
    uint64_t number;
    enum mode mode;
    enum mark mark;
    bool greeted, pipelining, mail, utf8, chunks, chunk_is_legal, chunk_is_last, too_long, closing, shut, ended, blocked;
    uint64_t said, released, written, group_ends;
    char *replies;
    size_t room;
    uint64_t chunk_left, size, reads, taken; /* reads: of the content that comes now */
    int recipients;
    char *addresses; /* NUL after each */
    size_t addresses_used, addresses_room;
    bool in_head, id_follows;
    size_t line_used;
    char sender[PATH], message_id[PATH], line[LINE];
};

struct late {
    int64_t due;
    uint64_t number, upto;
    int fd;
};

static struct {
    uint64_t messages, recipients, bytes, connections, most, refused, dropped, other;
} totals;

static bool offers[EXTENSIONS] = {true, true, true, true, true};
static struct rule rules[RULES];
static int rule_count;
static uint64_t reached[STAGES], bodies_begun;
static uint64_t drop_after_dot, drop_before_dot, close_after, size_limit = 50 * 1000 * 1000;
static int64_t delay_ns, started_ns, recorded_ns, first_mail_ns, last_message_ns;
static struct connection **connections;
static size_t connection_slots;
static uint64_t connections_open;
static int epoll_fd, timer_fd, record_fd = -1;
static char record[RECORD];
static size_t record_used;
static struct late *lates;
static size_t late_first, late_count, late_room;

static void die(const char *what) {
    fprintf(stderr, "smtp_sink: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *grown(void *old, size_t *room, size_t wanted, size_t unit) {
    size_t next = *room ? *room : 256;
    while (next < wanted) next *= 2;
    if (next == *room) return old;
    void *made = realloc(old, next * unit);
    if (!made) die("memory");
    *room = next;
    return made;
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the record ---- */

static void write_record(void) {
    for (size_t done = 0; done < record_used;) {
        ssize_t wrote = write(record_fd, record + done, record_used - done);
        if (wrote < 0 && errno != EINTR) die("the record");
        if (wrote > 0) done += (size_t)wrote;
    }
    record_used = 0;
}

static void note(struct connection *c) {
    const char *address = c->addresses;
    int64_t now = last_message_ns = now_ns();
    if (record_fd < 0) return;
    for (int i = 0; i < c->recipients; i++, address += strlen(address) + 1) {
        if (record_used + 3 * PATH + 64 > sizeof record) write_record();
        if (!record_used) recorded_ns = now;
        record_used += (size_t)snprintf(record + record_used, sizeof record - record_used, "%lld\t%s\t%s\t%s\t%llu\n",
                                        (long long)((now - started_ns) / 1000000), c->sender, address, c->message_id,
                                        (unsigned long long)c->size);
    }
}

/* ---- replies ---- */

static void say(struct connection *c, const char *format, ...) {
    char text[PATH + 64];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text - 2, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof text - 3) length = (int)sizeof text - 3;
    memcpy(text + length, "\r\n", 2);
    length += 2;
    size_t used = (size_t)(c->said - c->written);
    c->replies = grown(c->replies, &c->room, used + (size_t)length, 1);
    memcpy(c->replies + used, text, (size_t)length);
    c->said += (uint64_t)length;
    if (text[0] == '4' || text[0] == '5') totals.refused++;
    if (!strncmp(text, "421", 3) || !strncmp(text, "221", 3)) c->closing = true;
    if (c->closing) c->mode = DEAF;
    if (!c->pipelining) c->group_ends = c->said;
}

/* Whatever is sent before this reply is written came too early. */
static void end_group(struct connection *c) { c->group_ends = c->said; }

static void expect_patience(struct connection *c) {
    if (c->written >= c->group_ends) return;
    totals.other++;
    c->group_ends = 0;
}

static void hang_up(struct connection *c) {
    totals.dropped++;
    c->closing = true;
    c->mode = DEAF;
}

static bool fails(struct connection *c, enum stage stage) {
    uint64_t count = ++reached[stage];
    for (const struct rule *rule = rules; rule < rules + rule_count; rule++) {
        if (rule->stage != stage) continue;
        if (rule->every ? count % rule->every : rule->first ? count > rule->first : count != rule->only) continue;
        say(c, "%s", rule->reply);
        return true;
    }
    return false;
}

/* ---- messages ---- */

static void forget_message(struct connection *c) {
    c->mail = c->utf8 = c->chunks = false;
    c->recipients = 0;
    c->addresses_used = 0;
    c->size = 0;
}

static void begin_content(struct connection *c) {
    c->in_head = record_fd >= 0;
    c->id_follows = false;
    c->message_id[0] = 0;
    c->line_used = 0;
    c->size = 0;
}

static void end_message(struct connection *c) {
    c->mode = COMMANDS;
    c->line_used = 0;
    if (fails(c, AT_DOT)) {
        forget_message(c);
        return;
    }
    if (c->size > size_limit) {
        say(c, "552 5.3.4 too big: at most %llu bytes", (unsigned long long)size_limit);
        forget_message(c);
        return;
    }
    c->taken++;
    totals.messages++;
    totals.recipients += (uint64_t)c->recipients;
    totals.bytes += c->size;
    note(c);
    forget_message(c);
    if (drop_after_dot && totals.messages % drop_after_dot == 0)
        hang_up(c);
    else
        say(c, "250 2.0.0 taken as %llx", (unsigned long long)totals.messages);
}

/* A line of the head, as far as it fits. The id may stand on a line of its own (RFC 5322, 2.2.3). */
static void read_head_line(struct connection *c) {
    char *text = c->line;
    size_t length = c->line_used;
    while (length && (text[length - 1] == '\r' || text[length - 1] == '\n')) length--;
    if (!length) c->in_head = false;
    if (!length || (!c->id_follows && (length < 11 || strncasecmp(text, "message-id:", 11)))) return;
    size_t skip = c->id_follows ? 0 : 11;
    while (skip < length && isspace((unsigned char)text[skip])) skip++;
    c->id_follows = skip == length;
    if (c->id_follows) return;
    length -= skip;
    if (length >= sizeof c->message_id) length = sizeof c->message_id - 1;
    memcpy(c->message_id, text + skip, length);
    c->message_id[length] = 0;
    for (char *at = c->message_id; *at; at++)
        if (iscntrl((unsigned char)*at)) *at = ' ';
    c->in_head = false;
}

static void read_head(struct connection *c, const char *data, size_t length) {
    while (length && c->in_head) {
        const char *end = memchr(data, '\n', length);
        size_t part = end ? (size_t)(end - data) + 1 : length;
        size_t room = sizeof c->line - c->line_used, fits = part < room ? part : room;
        memcpy(c->line + c->line_used, data, fits);
        c->line_used += fits;
        data += part;
        length -= part;
        if (!end) break;
        read_head_line(c);
        c->line_used = 0;
    }
}

/* The first "LF ." in data, or `length`. 64 bytes at a time in whatever vectors the machine has. */
static size_t find_dot_line(const char *data, size_t length) {
    typedef signed char vector __attribute__((vector_size(16)));
    size_t at = 0;
    for (; at + 65 <= length; at += 64) {
        vector hit = {0};
        for (size_t part = 0; part < 64; part += 16) {
            vector here, next;
            memcpy(&here, data + at + part, 16);
            memcpy(&next, data + at + part + 1, 16);
            hit |= (vector)(here == '\n') & (vector)(next == '.');
        }
        uint64_t halves[2];
        memcpy(halves, &hit, 16);
        if (halves[0] | halves[1]) break;
    }
    for (; at + 1 < length; at++)
        if (data[at] == '\n' && data[at + 1] == '.') return at;
    return length;
}

/* One byte on; true when it ends the message. A dot at a line's start that ends nothing was stuffed (RFC 5321, 4.5.2). */
static bool step(struct connection *c, char byte) {
    enum mark was = c->mark;
    if (was == DOT_CR && byte == '\n') return true;
    if (was == DOT && byte == '\r') {
        c->mark = DOT_CR;
        return false;
    }
    if (was == DOT || was == DOT_CR) c->size--;
    if (was == LINE_START && byte == '.')
        c->mark = DOT;
    else if (byte == '\r')
        c->mark = CR;
    else
        c->mark = was == CR && byte == '\n' ? LINE_START : INSIDE;
    return false;
}

/* Takes what belongs to the body and says how much that was. */
static size_t take_body(struct connection *c, const char *data, size_t length) {
    size_t at = 0;
    bool ends = false;
    while (at < length && !ends) {
        if (c->mark != INSIDE) {
            ends = step(c, data[at++]);
            continue;
        }
        size_t rest = length - at, found = find_dot_line(data + at, rest);
        if (found < rest) {
            c->mark = found && data[at + found - 1] == '\r' ? DOT : INSIDE;
            at += found + 2;
            continue;
        }
        at = length;
        if (data[length - 1] == '\r') c->mark = CR;
        else if (rest > 1 && data[length - 1] == '\n' && data[length - 2] == '\r') c->mark = LINE_START;
    }
    c->size += at;
    if (c->in_head) read_head(c, data, at);
    if (ends) {
        c->size -= 3; /* the dot and its line end, which may be in different reads */
        end_message(c);
    }
    return at;
}

static void end_chunk(struct connection *c) {
    c->mode = COMMANDS;
    if (!c->chunk_is_legal)
        say(c, "503 5.5.1 no recipients");
    else if (c->chunk_is_last)
        end_message(c);
    else
        say(c, "250 2.0.0 go on");
}

static size_t take_chunk(struct connection *c, const char *data, size_t length) {
    if (length > c->chunk_left) length = (size_t)c->chunk_left;
    if (c->chunk_is_legal) {
        c->size += length;
        if (c->in_head) read_head(c, data, length);
    }
    c->chunk_left -= length;
    if (!c->chunk_left) end_chunk(c);
    return length;
}

/* The first bytes of a body are here. */
static bool is_dropped(struct connection *c) {
    if (!drop_before_dot || ++bodies_begun % drop_before_dot) return false;
    hang_up(c);
    return true;
}

/* ---- commands ---- */

static void greet(struct connection *c, const char *arguments) {
    (void)arguments;
    forget_message(c);
    c->greeted = true;
    c->pipelining = false;
    say(c, "250 sink");
    end_group(c);
}

static void run_ehlo(struct connection *c, const char *arguments) {
    (void)arguments;
    forget_message(c);
    if (!fails(c, AT_EHLO)) {
        c->greeted = true;
        c->pipelining = offers[PIPELINING];
        say(c, "250-sink");
        if (offers[PIPELINING]) say(c, "250-PIPELINING");
        if (offers[CHUNKING]) say(c, "250-CHUNKING");
        if (offers[EIGHT_BIT]) say(c, "250-8BITMIME");
        if (offers[SMTP_UTF8]) say(c, "250-SMTPUTF8");
        if (offers[SIZE]) say(c, "250-SIZE %llu", (unsigned long long)size_limit);
        say(c, "250 ENHANCEDSTATUSCODES");
    }
    end_group(c);
}

/* Copies what stands in the angle brackets after `prefix`; what follows them, or NULL after having refused. */
static const char *read_path(struct connection *c, const char *arguments, const char *prefix, char *path) {
    size_t skip = strlen(prefix), length = 0;
    if (strncasecmp(arguments, prefix, skip)) goto wrong;
    arguments += skip;
    while (*arguments == ' ') arguments++;
    if (*arguments++ != '<') goto wrong;
    const char *end = strchr(arguments, '>');
    if (!end || (length = (size_t)(end - arguments)) >= PATH) goto wrong;
    for (size_t at = 0; at < length; at++) {
        if (iscntrl((unsigned char)arguments[at])) goto wrong;
        if ((unsigned char)arguments[at] > 126 && !c->utf8) {
            say(c, "553 5.6.7 this address needs SMTPUTF8");
            return NULL;
        }
    }
    memcpy(path, arguments, length);
    path[length] = 0;
    return end + 1;
wrong:
    say(c, "501 5.5.4 what is this address?");
    return NULL;
}

static bool takes_parameter(struct connection *c, const char *parameter) {
    if (offers[SIZE] && !strncasecmp(parameter, "SIZE=", 5)) {
        if (strtoull(parameter + 5, NULL, 10) <= size_limit) return true;
        say(c, "552 5.3.4 too big: at most %llu bytes", (unsigned long long)size_limit);
        return false;
    }
    if (offers[EIGHT_BIT] && (!strcasecmp(parameter, "BODY=8BITMIME") || !strcasecmp(parameter, "BODY=7BIT"))) return true;
    if (offers[SMTP_UTF8] && !strcasecmp(parameter, "SMTPUTF8")) return true;
    say(c, "555 5.5.4 this parameter was not offered");
    return false;
}

static void run_mail(struct connection *c, const char *arguments) {
    if (!c->greeted || c->mail) {
        say(c, c->mail ? "503 5.5.1 one message at a time" : "503 5.5.1 say EHLO first");
        return;
    }
    if (close_after && c->taken >= close_after) {
        say(c, "421 4.3.2 that was enough for one connection");
        return;
    }
    if (!first_mail_ns) first_mail_ns = now_ns();
    if (fails(c, AT_MAIL)) return;
    c->utf8 = offers[SMTP_UTF8] && strcasestr(arguments, " SMTPUTF8");
    const char *rest = read_path(c, arguments, "FROM:", c->sender);
    if (!rest) return;
    char parameters[LINE], *place = NULL;
    snprintf(parameters, sizeof parameters, "%s", rest);
    for (char *one = strtok_r(parameters, " ", &place); one; one = strtok_r(NULL, " ", &place))
        if (!takes_parameter(c, one)) return;
    c->mail = true;
    say(c, "250 2.1.0 ok");
}

static void run_rcpt(struct connection *c, const char *arguments) {
    char path[PATH];
    if (!c->mail || c->chunks) {
        say(c, "503 5.5.1 not now");
        return;
    }
    if (fails(c, AT_RCPT)) return;
    if (!read_path(c, arguments, "TO:", path)) return;
    if (!*path || c->recipients == RECIPIENTS) {
        say(c, *path ? "452 4.5.3 too many recipients" : "501 5.1.3 nobody");
        return;
    }
    size_t length = strlen(path) + 1;
    c->addresses = grown(c->addresses, &c->addresses_room, c->addresses_used + length, 1);
    memcpy(c->addresses + c->addresses_used, path, length);
    c->addresses_used += length;
    c->recipients++;
    say(c, "250 2.1.5 ok");
}

static void run_data(struct connection *c, const char *arguments) {
    if (*arguments)
        say(c, "501 5.5.4 DATA stands alone");
    else if (!c->mail || c->chunks)
        say(c, "503 5.5.1 not now");
    else if (!c->recipients)
        say(c, "554 5.5.1 no valid recipients");
    else if (!fails(c, AT_DATA)) {
        say(c, "354 go on");
        begin_content(c);
        c->mode = BODY;
        c->mark = LINE_START;
        c->reads = 0;
    }
    end_group(c);
}

static void run_bdat(struct connection *c, const char *arguments) {
    char *end;
    if (!offers[CHUNKING] || !isdigit((unsigned char)*arguments)) {
        totals.other++;
        say(c, offers[CHUNKING] ? "501 5.5.4 how many bytes?" : "502 5.5.1 CHUNKING was not offered");
        return;
    }
    c->chunk_left = strtoull(arguments, &end, 10);
    c->chunk_is_last = !strcasecmp(end, " LAST");
    c->chunk_is_legal = c->mail && c->recipients;
    if (c->chunk_is_legal && !c->chunks) {
        begin_content(c);
        c->reads = 0;
        c->chunks = true;
    }
    c->mode = CHUNK;
    if (!c->chunk_left) end_chunk(c);
}

static void run_rset(struct connection *c, const char *arguments) {
    (void)arguments;
    forget_message(c);
    say(c, "250 2.0.0 ok");
}

static void run_noop(struct connection *c, const char *arguments) {
    (void)arguments;
    say(c, "250 2.0.0 ok");
    end_group(c);
}

static void run_vrfy(struct connection *c, const char *arguments) {
    (void)arguments;
    say(c, "252 2.5.2 send and see");
    end_group(c);
}

static void run_quit(struct connection *c, const char *arguments) {
    (void)arguments;
    say(c, "221 2.0.0 bye");
}

static const struct {
    const char *name;
    void (*run)(struct connection *, const char *);
} commands[] = {{"MAIL", run_mail}, {"RCPT", run_rcpt}, {"DATA", run_data}, {"BDAT", run_bdat}, {"EHLO", run_ehlo},
                {"HELO", greet},    {"RSET", run_rset}, {"NOOP", run_noop}, {"VRFY", run_vrfy}, {"QUIT", run_quit}};

static void run_line(struct connection *c, char *line, size_t length) {
    expect_patience(c);
    if (length < 2 || line[length - 2] != '\r') totals.other++; /* a bare LF ends no line (RFC 5321, 2.3.8) */
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
    line[length] = 0;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (length < 4 || strncasecmp(line, commands[i].name, 4) || (line[4] && line[4] != ' ')) continue;
        commands[i].run(c, line + 4 + strspn(line + 4, " "));
        return;
    }
    totals.other++;
    say(c, "500 5.5.1 unknown command");
}

/* A line may come in pieces; one too long is thrown away until it ends. */
static size_t take_line(struct connection *c, char *data, size_t length) {
    char *end = memchr(data, '\n', length);
    size_t part = end ? (size_t)(end - data) + 1 : length;
    if (end && !c->line_used && !c->too_long && part < LINE) {
        run_line(c, data, part);
        return part;
    }
    if (c->line_used + part >= LINE) c->too_long = true;
    if (!c->too_long) {
        memcpy(c->line + c->line_used, data, part);
        c->line_used += part;
    }
    if (!end) return part;
    size_t whole = c->line_used;
    c->line_used = 0;
    if (c->too_long) {
        totals.other++;
        say(c, "500 5.5.2 line too long");
    } else {
        run_line(c, c->line, whole);
    }
    c->too_long = false;
    return part;
}

static void take(struct connection *c, char *data, size_t length) {
    while (length && c->mode != DEAF) {
        size_t used = 0;
        if (c->mode == COMMANDS) {
            used = take_line(c, data, length);
        } else if (c->reads++ || !is_dropped(c)) {
            if (c->mode == BODY) expect_patience(c);
            used = c->mode == BODY ? take_body(c, data, length) : take_chunk(c, data, length);
        }
        data += used;
        length -= used;
    }
}

/* ---- connections ---- */

static void watch(struct connection *c) {
    struct epoll_event event = {.data.fd = c->fd};
    if (!c->ended && !c->blocked) event.events |= EPOLLIN;
    if (c->blocked) event.events |= EPOLLOUT;
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void drop(struct connection *c) {
    connections[c->fd] = NULL;
    connections_open--;
    close(c->fd);
    free(c->replies);
    free(c->addresses);
    free(c);
}

/* Writes what may be written. False when the connection is gone. */
static bool flush(struct connection *c) {
    size_t ready = (size_t)(c->released - c->written);
    bool was_blocked = c->blocked;
    if (ready) {
        ssize_t wrote = send(c->fd, c->replies, ready, MSG_NOSIGNAL);
        if (wrote < 0 && errno != EAGAIN && errno != EINTR) {
            drop(c);
            return false;
        }
        if (wrote > 0) {
            c->written += (uint64_t)wrote;
            memmove(c->replies, c->replies + wrote, (size_t)(c->said - c->written));
        }
    }
    c->blocked = c->written < c->released;
    if (c->blocked != was_blocked) watch(c);
    if (c->written < c->said) return true;
    if (c->ended) {
        drop(c);
        return false;
    }
    /* Only our side: what the other side has sent is read to its end, for closing now would destroy replies on their way. */
    if (c->closing && !c->shut) c->shut = !shutdown(c->fd, SHUT_WR);
    return true;
}

static void arm_timer(void) {
    struct itimerspec when = {0};
    if (late_count) {
        int64_t due = lates[late_first].due;
        when.it_value.tv_sec = due / 1000000000;
        when.it_value.tv_nsec = due % 1000000000;
    }
    timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void hold_back(struct connection *c) {
    if (late_count == late_room) {
        size_t old = late_room;
        lates = grown(lates, &late_room, late_room + 1, sizeof *lates);
        memcpy(lates + old, lates, late_first * sizeof *lates); /* what was around the end goes behind it */
    }
    struct late *late = &lates[(late_first + late_count) % late_room];
    *late = (struct late){.due = now_ns() + delay_ns, .number = c->number, .upto = c->said, .fd = c->fd};
    if (!late_count++) arm_timer();
}

static void release_due(void) {
    uint64_t expirations;
    if (read(timer_fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN) die("timer");
    int64_t now = now_ns();
    while (late_count && lates[late_first].due <= now) {
        struct late late = lates[late_first];
        late_first = (late_first + 1) % late_room;
        late_count--;
        struct connection *c = connections[late.fd];
        if (!c || c->number != late.number) continue;
        c->released = late.upto;
        flush(c);
    }
    arm_timer();
}

static void read_from(struct connection *c) {
    static char input[INPUT];
    uint64_t said = c->said;
    for (int turn = 0; turn < READS_PER_TURN && !c->ended; turn++) {
        ssize_t length = recv(c->fd, input, sizeof input, 0);
        if (length > 0) take(c, input, (size_t)length);
        if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR)) c->ended = true;
        if (length < (ssize_t)sizeof input) break;
    }
    if (c->ended) watch(c);
    if (c->said > said && delay_ns)
        hold_back(c);
    else if (!delay_ns)
        c->released = c->said;
    if (!delay_ns || c->closing || c->ended) flush(c);
}

static void welcome(int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if ((size_t)fd >= connection_slots) {
            close(fd);
            continue;
        }
        int yes = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        struct connection *c = calloc(1, sizeof *c);
        if (!c) die("memory");
        c->fd = fd;
        c->number = ++totals.connections;
        connections[fd] = c;
        if (++connections_open > totals.most) totals.most = connections_open;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event)) die("epoll");
        if (fails(c, AT_CONNECT)) {
            c->closing = true;
            c->mode = DEAF;
        } else {
            say(c, "220 sink ESMTP");
        }
        if (delay_ns) {
            hold_back(c);
        } else {
            c->released = c->said;
            flush(c);
        }
    }
}

/* ---- the process ---- */

static double since_start(int64_t instant) { return instant ? (double)(instant - started_ns) / 1e9 : 0; }

static void report(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    if (record_fd >= 0) write_record();
    printf("{\"messages\": %llu, \"recipients\": %llu, \"bytes\": %llu, \"connections\": %llu, \"most_connections\": %llu, "
           "\"refused\": %llu, \"dropped\": %llu, \"other\": %llu, \"cpu_seconds\": %.3f, \"first_mail_at\": %.6f, "
           "\"last_message_at\": %.6f, \"seconds\": %.6f}\n",
           (unsigned long long)totals.messages, (unsigned long long)totals.recipients, (unsigned long long)totals.bytes,
           (unsigned long long)totals.connections, (unsigned long long)totals.most, (unsigned long long)totals.refused,
           (unsigned long long)totals.dropped, (unsigned long long)totals.other, cpu, since_start(first_mail_ns),
           since_start(last_message_ns), since_start(now_ns()));
    fflush(stdout);
}

static void add_rule(char *text) {
    struct rule *rule = &rules[rule_count];
    char *stage = strsep(&text, ":"), *code = strsep(&text, ":"), *which = strsep(&text, ":");
    int number = 0;
    while (number < STAGES && strcmp(stage, stage_names[number])) number++;
    long value = code ? strtol(code, NULL, 10) : 0;
    if (which && !strncmp(which, "first", 5))
        rule->first = strtoull(which + 5, NULL, 10);
    else if (which && !strncmp(which, "only", 4))
        rule->only = strtoull(which + 4, NULL, 10);
    else if (which)
        rule->every = strtoull(which, NULL, 10);
    if (number == STAGES || value < 400 || value > 599 || !(rule->every | rule->first | rule->only) || ++rule_count == RULES) {
        fprintf(stderr, "smtp_sink: --fail wants STAGE:CODE:EVERY_N[:TEXT], with a stage of connect, ehlo, mail, rcpt, data, dot,"
                        " a code of 400 to 599, and N, firstN or onlyN; and at most %d of these\n", RULES - 1);
        exit(2);
    }
    rule->stage = (enum stage)number;
    snprintf(rule->reply, sizeof rule->reply, "%ld %s", value, text ? text : "as it was told to say");
}

static const char help[] =
    "smtp_sink: an SMTP server on 127.0.0.1 that takes everything, keeps nothing and counts.\n\n"
    "  --port N              0 (the default) takes a free one; the first line of output is the port\n"
    "  --record FILE         append a line per recipient: ms since start, sender, recipient, Message-ID, size, by tabs\n"
    "  --delay-ms D          hold back each batch of replies, as a longer line would\n"
    "  --size-limit N        bytes of a message, 50,000,000 without it\n"
    "  --no-pipelining       and --no-chunking, --no-8bitmime, --no-smtputf8, --no-size: don't offer it\n"
    "  --fail STAGE:CODE:N[:TEXT]\n"
    "                        answer so to every Nth (firstN: the first N, onlyN: the Nth) at connect, ehlo, mail, rcpt, data\n"
    "                        or dot (the message's end, also of BDAT); 421 closes. Counted over all connections\n"
    "  --drop-after-dot N    close without an answer after each Nth message, which was taken and recorded\n"
    "  --drop-before-dot N   close when each Nth body begins\n"
    "  --close-after N       421 to the MAIL after N messages on a connection\n"
    "  --until-eof           end when standard input is closed, too\n\n"
    "SIGTERM ends it; it prints its totals as JSON. SIGUSR1 writes the record and prints the totals so far, as soon as\n"
    "everything that has arrived is dealt with.\n";

enum option_code { PORT = 256, RECORD_TO, DELAY, SIZE_LIMIT, FAIL, AFTER_DOT, BEFORE_DOT, CLOSE_AFTER, UNTIL_EOF, HELP, WITHOUT };

static struct option options[] = {
    {"port", required_argument, 0, PORT},
    {"record", required_argument, 0, RECORD_TO},
    {"delay-ms", required_argument, 0, DELAY},
    {"size-limit", required_argument, 0, SIZE_LIMIT},
    {"fail", required_argument, 0, FAIL},
    {"drop-after-dot", required_argument, 0, AFTER_DOT},
    {"drop-before-dot", required_argument, 0, BEFORE_DOT},
    {"close-after", required_argument, 0, CLOSE_AFTER},
    {"until-eof", no_argument, 0, UNTIL_EOF},
    {"help", no_argument, 0, HELP},
    {"no-pipelining", no_argument, 0, WITHOUT + PIPELINING},
    {"no-chunking", no_argument, 0, WITHOUT + CHUNKING},
    {"no-8bitmime", no_argument, 0, WITHOUT + EIGHT_BIT},
    {"no-smtputf8", no_argument, 0, WITHOUT + SMTP_UTF8},
    {"no-size", no_argument, 0, WITHOUT + SIZE},
    {0, 0, 0, 0},
};

static uint64_t number(const char *text) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (!errno && isdigit((unsigned char)*text) && !*end) return value;
    fprintf(stderr, "smtp_sink: %s is not a number\n", text);
    exit(2);
}

struct plan {
    uint16_t port;
    bool until_eof;
};

static struct plan read_options(int count, char **arguments) {
    struct plan plan = {0};
    for (int code; (code = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        if (code >= WITHOUT) offers[code - WITHOUT] = false;
        else if (code == PORT) plan.port = (uint16_t)number(optarg);
        else if (code == RECORD_TO) {
            record_fd = open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
            if (record_fd < 0) die(optarg);
        }
        else if (code == DELAY) delay_ns = (int64_t)number(optarg) * 1000000;
        else if (code == SIZE_LIMIT) size_limit = number(optarg);
        else if (code == FAIL) add_rule(optarg);
        else if (code == AFTER_DOT) drop_after_dot = number(optarg);
        else if (code == BEFORE_DOT) drop_before_dot = number(optarg);
        else if (code == CLOSE_AFTER) close_after = number(optarg);
        else if (code == UNTIL_EOF) plan.until_eof = true;
        else {
            fputs(help, code == HELP ? stdout : stderr);
            exit(code == HELP ? 0 : 2);
        }
    }
    return plan;
}

static void add_to_epoll(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event)) die("epoll");
}

static int listen_on(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes)) die("socket");
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) die("the port");
    if (getsockname(fd, (struct sockaddr *)&address, &length)) die("the port");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static int catch_signals(void) {
    sigset_t caught;
    sigemptyset(&caught);
    sigaddset(&caught, SIGTERM);
    sigaddset(&caught, SIGINT);
    sigaddset(&caught, SIGUSR1);
    sigprocmask(SIG_BLOCK, &caught, NULL);
    int fd = signalfd(-1, &caught, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) die("signals");
    return fd;
}

/* Room for as many connections as the system allows, in reason. */
static void make_room(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max : 65536;
    setrlimit(RLIMIT_NOFILE, &files);
    connection_slots = files.rlim_cur;
    connections = calloc(connection_slots, sizeof *connections);
    if (!connections) die("memory");
}

int main(int count, char **arguments) {
    struct plan plan = read_options(count, arguments);
    struct epoll_event events[EVENTS];
    int64_t report_before = 0;
    make_room();
    started_ns = now_ns();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    int signal_fd = catch_signals(), listener = listen_on(plan.port);
    add_to_epoll(timer_fd);
    add_to_epoll(signal_fd);
    add_to_epoll(listener);
    if (plan.until_eof) add_to_epoll(STDIN_FILENO);
    for (;;) {
        int ready = epoll_wait(epoll_fd, events, EVENTS, report_before ? 0 : record_used ? RECORD_LATENCY_MS : -1);
        if (ready < 0 && errno != EINTR) die("epoll");
        bool over = false;
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            struct signalfd_siginfo came;
            if (fd == listener) welcome(listener);
            else if (fd == timer_fd) release_due();
            else if (fd == STDIN_FILENO) over |= read(fd, &came, sizeof came) <= 0;
            else if (fd == signal_fd) {
                if (read(signal_fd, &came, sizeof came) != sizeof came) continue;
                if (came.ssi_signo != SIGUSR1) over = true;
                else report_before = now_ns() + REPORT_LATENCY_MS * 1000000ll;
            } else if (connections[fd]) {
                struct connection *c = connections[fd];
                if (c->ended && events[i].events & (EPOLLHUP | EPOLLERR)) drop(c);
                else if (!(events[i].events & EPOLLOUT) || flush(c)) read_from(c);
            }
        }
        if (over) break;
        if (report_before && (ready <= 0 || now_ns() > report_before)) {
            report();
            report_before = 0;
        }
        if (record_used && now_ns() - recorded_ns > RECORD_LATENCY_MS * 1000000ll) write_record();
    }
    report();
    return 0;
}
