/* A dialog that lets the writer choose from a list: shared by citations and glossary words. */
(() => {
  /* What the server says to the scripts of an entity. Draftail tells it to a source only, not to a decorator. */
  window.roundsEntity = (type) => {
    const found = document.getElementById('rounds-entities');
    return (found && JSON.parse(found.textContent)[type]) || { words: {} };
  };

  /* Where an entity stands: a click on it may or may not have moved the selection there. */
  window.roundsRangeOf = (content, entityKey) => {
    let range = null;
    content.getBlocksAsArray().forEach((block) =>
      block.findEntityRanges(
        (character) => character.getEntity() === entityKey,
        (start, end) => {
          const key = block.getKey();
          range = new window.DraftJS.SelectionState({
            anchorKey: key,
            anchorOffset: start,
            focusKey: key,
            focusOffset: end,
          });
        },
      ),
    );
    return range;
  };

  let count = 0;

  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  /* One line of the list; `number` and `note` may be empty. */
  const choice = ({ value, number, text, note, checked }, type, name) => {
    const input = element('input', { type, name, value, checked: Boolean(checked) });
    const words = element('span', { className: 'rounds-choice__text' }, text);
    if (note) words.append(element('small', {}, note));
    const label = element('label', { className: 'rounds-choice' }, input);
    if (number) label.append(element('b', {}, String(number)));
    label.append(words);
    return label;
  };

  /* `words`: title, choose, none, find, done, cancel. `actions`: [{ label, run }] further ways out.
     `onDone` gets the chosen values in the order of the list; `onClose` runs when nothing was chosen. */
  window.roundsChooser = ({ words, options, multiple, actions = [], onDone, onClose }) => {
    count += 1;
    const id = `rounds-dialog-${count}`;
    /* While a source is open Draftail locks its editor, so the browser can't lead back to it by itself. */
    const editor = document.querySelector('.Draftail-Editor--readonly .public-DraftEditor-content');
    let answer = () => {
      onClose();
      setTimeout(() => editor?.focus(), 0);
    };
    const list = element('div', { className: 'rounds-dialog__list' });
    options.forEach((option) => list.append(choice(option, multiple ? 'checkbox' : 'radio', id)));
    const chosen = () => [...list.querySelectorAll('input:checked')].map((input) => input.value);
    const done = element('button', { className: 'button', type: 'submit' }, words.done);
    const update = () => {
      done.disabled = !chosen().length;
    };
    const title = element('h2', { id, className: 'rounds-dialog__title' }, words.title);
    const form = element('form', { method: 'dialog' }, title);
    const dialog = element('dialog', { className: 'rounds-dialog' }, form);
    dialog.setAttribute('aria-labelledby', id);

    if (options.length > 7) {
      const find = element('input', { type: 'search', placeholder: words.find, className: 'rounds-dialog__find' });
      find.setAttribute('aria-label', words.find);
      find.addEventListener('input', () => {
        const looked = find.value.trim().toLowerCase();
        [...list.children].forEach((line) => {
          line.hidden = !line.textContent.toLowerCase().includes(looked);
        });
      });
      /* Enter searches no further; it must not take what happens to be ticked. */
      find.addEventListener('keydown', (event) => event.key === 'Enter' && event.preventDefault());
      form.append(find);
    }
    if (options.length) {
      const fields = element('fieldset', {}, element('legend', {}, words.choose), list);
      form.append(fields);
    } else {
      form.append(element('p', {}, words.none));
    }
    const buttons = element('div', { className: 'rounds-dialog__buttons' });
    if (options.length) buttons.append(done);
    actions.forEach(({ label, run }) => {
      const button = element('button', { type: 'button', className: 'button button-secondary' }, label);
      button.addEventListener('click', () => {
        answer = run;
        dialog.close();
      });
      buttons.append(button);
    });
    const cancel = element('button', { type: 'button', className: 'button button-secondary' }, words.cancel);
    cancel.addEventListener('click', () => dialog.close());
    buttons.append(cancel);
    form.append(buttons);

    list.addEventListener('change', update);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const values = chosen();
      if (!values.length) return;
      answer = () => onDone(values);
      dialog.close();
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      answer();
    });
    update();
    document.body.append(dialog);
    dialog.showModal();
    return () => {
      answer = () => {};
      dialog.close();
    };
  };
})();
