// Lets the editor run without 'unsafe-inline' styles. It writes style elements and HTML with style attributes, and the
// policy of the page allows neither. Style elements get the nonce of the page; style attributes of parsed HTML are
// applied through the CSSOM, which the policy does not restrict. Import this file before anything else.

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

const createElement = Document.prototype.createElement;
Document.prototype.createElement = function (this: Document, name: string, options?: ElementCreationOptions) {
  const element = createElement.call(this, name, options) as HTMLElement;
  if (element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
} as typeof Document.prototype.createElement;

const HOLD = 'data-held-style';

/** Renames style attributes before the browser parses them, where the policy would drop them with a report. */
function hold(html: string): string {
  // Only inside a tag: text of the editor is escaped, so `<` always opens one.
  return html.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle=/gi, ` ${HOLD}=`));
}

function release(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>(`[${HOLD}]`)) {
    element.style.cssText = element.getAttribute(HOLD) ?? '';
    element.removeAttribute(HOLD);
  }
}

const innerHTML = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
if (innerHTML?.set && innerHTML.get) {
  const { get, set } = innerHTML;
  Object.defineProperty(Element.prototype, 'innerHTML', {
    ...innerHTML,
    get,
    set(this: Element, html: unknown) {
      const text = String(html);
      set.call(this, hold(text));
      release(this instanceof HTMLTemplateElement ? this.content : this);
    },
  });
}

const insertAdjacentHTML = Element.prototype.insertAdjacentHTML;
Element.prototype.insertAdjacentHTML = function (this: Element, where: InsertPosition, html: string) {
  insertAdjacentHTML.call(this, where, hold(String(html)));
  release(where === 'beforebegin' || where === 'afterend' ? (this.parentNode ?? this) : this);
};

const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (this: Element, name: string, value: string) {
  if (name.toLowerCase() === 'style' && (this instanceof HTMLElement || this instanceof SVGElement)) {
    this.style.cssText = value;
    return;
  }
  setAttribute.call(this, name, value);
};
