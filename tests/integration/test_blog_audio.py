"""A story read aloud: what may be chosen, how it is shown, and how a player fetches parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile
from wagtail.documents.models import Document
from wagtail.models import Collection, CollectionViewRestriction

from blog.models.audio import AudioError, check_audio
from tests.factories import make_story

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.test import Client

    from blog.models import StoryIndexPage

pytestmark = pytest.mark.django_db
SOUND = b"ID3" + bytes(range(256)) * 4


def recording(name: str = "story.mp3", content: bytes = SOUND) -> Document:
    document = Document(title="Read aloud", file=ContentFile(content, name=name))
    document.save()
    return document


def body_of(response: Any) -> bytes:
    parts: Iterable[bytes] = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.mp3", b"ID3\x04\x00"),
        ("a.MP3", b"\xff\xfb\x90\x00"),
        ("a.m4a", b"\x00\x00\x00\x20ftypM4A "),
        ("a.ogg", b"OggS\x00\x02"),
        ("a.wav", b"RIFF\x24\x00\x00\x00WAVE"),
        ("a.flac", b"fLaC\x00"),
    ],
)
def test_files_that_browsers_play_are_taken(name: str, content: bytes) -> None:
    check_audio(recording(name, content))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("leaflet.pdf", b"%PDF-1.7", "not an audio file"),
        ("page.html", b"ID3", "not an audio file"),
        ("film.mp4", b"\x00\x00\x00\x20ftypisom", "not an audio file"),
        ("story.mp3", b"<html><script>", "holds something else"),
        ("story.mp3", b"", "holds something else"),
        ("noending", b"ID3", "not an audio file"),
    ],
)
def test_anything_else_is_refused_with_what_to_do(name: str, content: bytes, said: str) -> None:
    with pytest.raises(AudioError, match=said):
        check_audio(recording(name, content))


def test_a_file_that_is_gone_is_refused_not_crashed_on() -> None:
    document = recording()
    document.file.storage.delete(document.file.name)
    with pytest.raises(AudioError, match="Upload it again"):
        check_audio(Document.objects.get(pk=document.pk))


def test_a_story_offers_to_listen_and_to_download(client: Client, stories: StoryIndexPage) -> None:
    document = recording()
    html = client.get(make_story(stories, audio=document).url).content.decode()
    assert '<audio controls preload="none"' in html
    assert f'<source src="{document.url}" type="audio/mpeg">' in html
    assert f'<a href="{document.url}" download>' in html
    assert "autoplay" not in html


def test_without_a_recording_there_is_no_player(client: Client, stories: StoryIndexPage) -> None:
    document = recording("notes.pdf", b"%PDF")
    for audio in (None, document):
        assert "<audio" not in client.get(make_story(stories, audio=audio).url).content.decode()


class TestParts:
    def test_the_whole_file_says_that_parts_can_be_had(self, client: Client) -> None:
        response = client.get(recording().url)
        assert (response.status_code, body_of(response)) == (200, SOUND)
        assert response["Accept-Ranges"] == "bytes"
        assert response["Content-Type"] == "audio/mpeg"
        assert int(response["Content-Length"]) == len(SOUND)

    @pytest.mark.parametrize(
        ("asked", "start", "end"),
        [
            ("bytes=0-1", 0, 1),
            ("bytes=100-199", 100, 199),
            ("bytes=1000-", 1000, len(SOUND) - 1),
            ("bytes=1000-999999", 1000, len(SOUND) - 1),
            ("bytes=-10", len(SOUND) - 10, len(SOUND) - 1),
            ("bytes=-999999", 0, len(SOUND) - 1),
        ],
    )
    def test_a_part_comes_alone(self, client: Client, asked: str, start: int, end: int) -> None:
        response = client.get(recording().url, headers={"Range": asked})
        assert response.status_code == 206
        assert response["Content-Range"] == f"bytes {start}-{end}/{len(SOUND)}"
        assert body_of(response) == SOUND[start : end + 1]
        assert int(response["Content-Length"]) == end + 1 - start

    @pytest.mark.parametrize("asked", ["bytes=5000-", "bytes=-0", "bytes=20-10"])
    def test_a_part_that_does_not_exist_is_refused_with_the_size(self, client: Client, asked: str) -> None:
        response = client.get(recording().url, headers={"Range": asked})
        assert response.status_code == 416
        assert response["Content-Range"] == f"bytes */{len(SOUND)}"

    @pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=-", "items=0-1", "bytes=٠-١", "bytes=a-b"])
    def test_what_is_not_understood_gets_the_whole_file(self, client: Client, asked: str) -> None:
        response = client.get(recording().url, headers={"Range": asked})
        assert (response.status_code, body_of(response)) == (200, SOUND)

    def test_a_part_of_another_version_is_not_mixed_in(self, client: Client) -> None:
        url = recording().url
        first = client.get(url, headers={"Range": "bytes=0-0"})
        etag = first["ETag"]
        assert body_of(first) == SOUND[:1]
        fresh = client.get(url, headers={"Range": "bytes=0-1", "If-Range": etag})
        stale = client.get(url, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
        assert (fresh.status_code, body_of(fresh)) == (206, SOUND[:2])
        assert (stale.status_code, body_of(stale)) == (200, SOUND)
        assert client.get(url, headers={"If-None-Match": etag}).status_code == 304

    def test_a_recording_in_a_private_collection_stays_private(self, client: Client) -> None:
        document = recording()
        private = Collection.get_first_root_node().add_child(name="Private")
        CollectionViewRestriction.objects.create(collection=private, restriction_type="login")
        document.collection = private
        document.save()
        response = client.get(document.url, headers={"Range": "bytes=0-1"})
        assert response.status_code == 302
        assert "Content-Range" not in response

    def test_a_document_that_does_not_exist_is_not_found(self, client: Client) -> None:
        assert client.get("/documents/999999/story.mp3").status_code == 404
        assert client.get(recording().url.replace("story", "another")).status_code == 404

    def test_asking_for_the_headers_alone_sends_no_sound(self, client: Client) -> None:
        response = client.head(recording().url, headers={"Range": "bytes=0-1"})
        assert (response.status_code, response["Accept-Ranges"]) == (200, "bytes")
        assert body_of(response) == b""
