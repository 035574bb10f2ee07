/* The Draftail entity CITATION: chosen from the rows of the story's references as they stand in the form now. */
(() => {
  const { React, DraftJS } = window;
  const { EditorState, Modifier, SelectionState } = DraftJS;
  /* Kept equal to blog.citations.MARK. */
  const MARK = '※';
  const PANEL = 'references';
  const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

  const newKey = () => {
    /* 256 is a multiple of 32 letters: each is as likely as the others. */
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return [...bytes].map((byte) => LETTERS[byte % LETTERS.length]).join('');
  };

  const list = () => document.getElementById(`id_${PANEL}-FORMS`);
  const field = (row, name) => row.querySelector(`[name="${row.id.replace('inline_child_', '')}-${name}"]`);
  const valueOf = (row, name) => field(row, name)?.value.trim() || '';

  /* A new row gets its key at once: whatever is saved meanwhile, the row and what cites it agree. */
  const giveKey = (row) => {
    const input = field(row, 'key');
    if (input && !input.value) input.value = newKey();
    return input ? input.value : '';
  };

  /* The rows that are there, deleted ones left out, numbered as their headings are. */
  const rows = () =>
    [...(list()?.children || [])]
      .filter((row) => row.id.startsWith('inline_child_') && !valueOf(row, 'DELETE'))
      .map((row, index) => ({
        key: giveKey(row),
        number: index + 1,
        text: valueOf(row, 'text'),
        note: valueOf(row, 'doi') || valueOf(row, 'pmid') || valueOf(row, 'url'),
      }));

  const listeners = new Set();
  let waiting = 0;
  const tell = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      rows();
      listeners.forEach((listener) => listener());
    });
  };
  const ofReferences = (event) =>
    event.target instanceof Element && event.target.closest(`#id_${PANEL}-FORMS`) && tell();
  ['input', 'change', 'w-formset:added', 'w-formset:removed', 'w-formset:sorted'].forEach((name) =>
    document.addEventListener(name, ofReferences),
  );
  const watch = () => list() && new MutationObserver(tell).observe(list(), { childList: true });
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', watch);
  else watch();

  const addReference = () => {
    const button = document.getElementById(`id_${PANEL}-ADD`);
    if (!button) return;
    button.click();
    const row = [...list().children].filter((child) => !valueOf(child, 'DELETE')).pop();
    giveKey(row);
    row.scrollIntoView({ block: 'center' });
    field(row, 'text')?.focus();
  };

  const insert = (editorState, selection, keys) => {
    let content = editorState.getCurrentContent();
    if (!selection.isCollapsed()) content = Modifier.removeRange(content, selection, 'backward');
    let caret = selection.isCollapsed() ? selection : content.getSelectionAfter();
    keys.forEach((key) => {
      content = content.createEntity('CITATION', 'IMMUTABLE', { key });
      content = Modifier.insertText(content, caret, MARK, undefined, content.getLastCreatedEntityKey());
      caret = content.getSelectionAfter();
    });
    return EditorState.forceSelection(EditorState.push(editorState, content, 'insert-characters'), caret);
  };

  /* Beside the words that are marked, never in their place. */
  const endOf = (selection) =>
    new SelectionState({
      anchorKey: selection.getEndKey(),
      anchorOffset: selection.getEndOffset(),
      focusKey: selection.getEndKey(),
      focusOffset: selection.getEndOffset(),
    });

  class CitationSource extends React.Component {
    componentDidMount() {
      const { editorState, entity, entityKey, entityType, onClose, onComplete } = this.props;
      const { words } = entityType;
      const current = entity ? entity.getData().key : '';
      const selection =
        (entity && window.roundsRangeOf(editorState.getCurrentContent(), entityKey)) || endOf(editorState.getSelection());
      const actions = [];
      if (entity) {
        actions.push({ label: words.remove, run: () => onComplete(insert(editorState, selection, [])) });
      }
      if (document.getElementById(`id_${PANEL}-ADD`)) {
        actions.push({
          label: words.add,
          run: () => {
            onClose();
            addReference();
          },
        });
      }
      this.close = window.roundsChooser({
        words: { ...words, done: words.cite },
        options: rows().map((row) => ({
          value: row.key,
          number: row.number,
          text: row.text || words.untitled,
          note: row.note,
          checked: row.key === current,
        })),
        multiple: true,
        actions,
        onDone: (keys) => onComplete(insert(editorState, selection, keys)),
        onClose,
      });
    }

    componentWillUnmount() {
      this.close?.();
    }

    render() {
      return null;
    }
  }

  class Citation extends React.Component {
    componentDidMount() {
      this.listen = () => this.forceUpdate();
      listeners.add(this.listen);
    }

    componentWillUnmount() {
      listeners.delete(this.listen);
    }

    render() {
      const { children, contentState, entityKey, onEdit } = this.props;
      const { key } = contentState.getEntity(entityKey).getData();
      const row = rows().find((one) => one.key === key);
      const { words } = window.roundsEntity('CITATION');
      return React.createElement(
        'span',
        {
          className: row ? 'rounds-citation' : 'rounds-citation rounds-citation--broken',
          'data-label': row ? row.number : '?',
          'data-draftail-trigger': true,
          title: row ? row.text || words.untitled : words.broken,
          onMouseUp: () => onEdit(entityKey),
        },
        children,
      );
    }
  }

  window.draftail.registerPlugin({ type: 'CITATION', source: CitationSource, decorator: Citation }, 'entityTypes');
})();
