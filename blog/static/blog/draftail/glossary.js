/* The Draftail entity GLOSSARY: the marked words, or a term's own name, tied to a term of the glossary. */
(() => {
  const { React, DraftJS } = window;
  const { EditorState, Modifier } = DraftJS;

  let terms = null;
  let asked = null;
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

  /* Ties the range to the term; where nothing is marked, the term's own name is written. */
  const explain = (editorState, range, id) => {
    let content = editorState.getCurrentContent().createEntity('GLOSSARY', 'MUTABLE', { id: Number(id) });
    const key = content.getLastCreatedEntityKey();
    if (!range.isCollapsed()) {
      return EditorState.push(editorState, Modifier.applyEntity(content, range, key), 'apply-entity');
    }
    content = Modifier.insertText(content, range, terms.get(String(id)).term, undefined, key);
    return EditorState.push(editorState, content, 'insert-characters');
  };

  class GlossarySource extends React.Component {
    componentDidMount() {
      const { entity, entityType, onClose } = this.props;
      load(entityType.termsUrl).then((found) => {
        if (this.gone) return;
        this.close = window.roundsChooser({
          words: {
            ...entityType.words,
            done: entityType.words.explain,
            none: found ? entityType.words.none : entityType.words.failed,
          },
          options: [...(found?.values() || [])].map(({ id, term, definition }) => ({
            value: String(id),
            text: term,
            note: definition,
            checked: entity && String(entity.getData().id) === String(id),
          })),
          multiple: false,
          actions: entity ? [{ label: entityType.words.remove, run: () => this.remove() }] : [],
          onDone: ([id]) => this.props.onComplete(explain(this.props.editorState, this.range(), id)),
          onClose,
        });
      });
    }

    componentWillUnmount() {
      this.gone = true;
      this.close?.();
    }

    range() {
      const { editorState, entity, entityKey } = this.props;
      return (entity && window.roundsRangeOf(editorState.getCurrentContent(), entityKey)) || editorState.getSelection();
    }

    remove() {
      const { editorState, onComplete } = this.props;
      const content = Modifier.applyEntity(editorState.getCurrentContent(), this.range(), null);
      onComplete(EditorState.push(editorState, content, 'apply-entity'));
    }

    render() {
      return null;
    }
  }

  class Word extends React.Component {
    componentDidMount() {
      this.listen = () => this.forceUpdate();
      listeners.add(this.listen);
      const { termsUrl } = window.roundsEntity('GLOSSARY');
      if (termsUrl) load(termsUrl);
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
          title: broken ? window.roundsEntity('GLOSSARY').words.broken : term && `${term.term}: ${term.definition}`,
          onMouseUp: () => onEdit(entityKey),
        },
        children,
      );
    }
  }

  window.draftail.registerPlugin({ type: 'GLOSSARY', source: GlossarySource, decorator: Word }, 'entityTypes');
})();
