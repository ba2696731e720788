/** Text that is markup already. Only `markup` makes it, so whatever else is put in gets escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Markup | null | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function render(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'string' || typeof piece === 'number') return String(piece).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
  return piece.map(render).join('');
}

export const markup = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup => new Markup(String.raw({ raw: strings }, ...pieces.map(render)));
