/* The Draftail entity GLOSSARY: the marked words, or a term's own name, tied to a term of the glossary. */
(() => {
  const { React, DraftJS } = window;
  const { EditorState, Modifier, RichUtils } = DraftJS;

  let terms = null;
  let asked = null;
  let words = {};
  const listeners = new Set();

  /* Once for the page: the first editor that shows or offers a term asks. */
  const load = (url) => {
    asked ||= fetch(url, { headers: { Accept: 'application/json' } })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
      .then((found) => {
        terms = new Map(found.terms.map((term) => [String(term.id), term]));
        listeners.forEach((listener) => listener());
        return terms;
      })
      .catch(() => {
        asked = null;
        return null;
      });
    return asked;
  };

  document.addEventListener(
    'w-draftail:init',
    (event) => {
      const type = event.detail?.entityTypes?.find((one) => one.type === 'GLOSSARY');
      if (!type) return;
      words = type.words;
      Word.url = type.termsUrl;
    },
    true,
  );

  const explain = (editorState, id) => {
    const selection = editorState.getSelection();
    let content = editorState.getCurrentContent().createEntity('GLOSSARY', 'MUTABLE', { id: Number(id) });
    const key = content.getLastCreatedEntityKey();
    if (!selection.isCollapsed()) {
      return RichUtils.toggleLink(EditorState.set(editorState, { currentContent: content }), selection, key);
    }
    content = Modifier.insertText(content, selection, terms.get(String(id)).term, undefined, key);
    return EditorState.push(editorState, content, 'insert-characters');
  };

  class GlossarySource extends React.Component {
    componentDidMount() {
      const { entity, entityType, onClose } = this.props;
      load(entityType.termsUrl).then((found) => {
        if (this.gone) return;
        this.close = window.roundsChooser({
          words: { ...entityType.words, done: entityType.words.explain, none: found ? entityType.words.none : entityType.words.failed },
          options: [...(found?.values() || [])].map(({ id, term, definition }) => ({
            value: String(id),
            text: term,
            note: definition,
            checked: entity && String(entity.getData().id) === String(id),
          })),
          multiple: false,
          actions: entity ? [{ label: entityType.words.remove, run: () => this.remove() }] : [],
          onDone: ([id]) => this.props.onComplete(explain(this.props.editorState, id)),
          onClose,
        });
      });
    }

    componentWillUnmount() {
      this.gone = true;
      this.close?.();
    }

    remove() {
      const { editorState, onComplete } = this.props;
      onComplete(RichUtils.toggleLink(editorState, editorState.getSelection(), null));
    }

    render() {
      return null;
    }
  }

  class Word extends React.Component {
    componentDidMount() {
      this.listen = () => this.forceUpdate();
      listeners.add(this.listen);
      if (Word.url) load(Word.url);
    }

    componentWillUnmount() {
      listeners.delete(this.listen);
    }

    render() {
      const { children, contentState, entityKey, onEdit } = this.props;
      const term = terms?.get(String(contentState.getEntity(entityKey).getData().id));
      const broken = terms && !term;
      return React.createElement(
        'span',
        {
          className: broken ? 'rounds-word rounds-word--broken' : 'rounds-word',
          'data-draftail-trigger': true,
          title: broken ? words.broken : term && `${term.term}: ${term.definition}`,
          onMouseUp: () => onEdit(entityKey),
        },
        children,
      );
    }
  }

  window.draftail.registerPlugin({ type: 'GLOSSARY', source: GlossarySource, decorator: Word }, 'entityTypes');
})();
