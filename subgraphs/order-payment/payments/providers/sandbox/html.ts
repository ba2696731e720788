/** Text that is markup already. Only `html` makes it, so whatever else is interpolated gets escaped. */
class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | Markup | readonly Markup[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function render(piece: Piece): string {
  if (piece instanceof Markup) return piece.text;
  if (typeof piece !== 'string') return piece.map(render).join('');
  return piece.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...pieces.map(render)));
}

export type { Markup };

const STYLE = new Markup(`
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#eef1f5, #14171c); }
main { box-sizing: border-box; width: min(26rem, 100vw); padding: 2rem; border-radius: 1rem; background: light-dark(#fff, #1f242c); box-shadow: 0 4px 24px #0002; }
h1 { margin: 0; font-size: 1rem; font-weight: 600; }
.amount { margin: .5rem 0; font-size: 2.25rem; font-weight: 700; overflow-wrap: anywhere; }
.notice { padding: .5rem .75rem; border-radius: .5rem; background: light-dark(#fff4d6, #4a3b10); font-size: .875rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; font-size: .875rem; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
form { display: grid; gap: .5rem; }
button { padding: .75rem; border: 1px solid light-dark(#c9d1db, #465060); border-radius: .5rem; font: inherit; background: none; color: inherit; cursor: pointer; }
button.primary { border-color: #1668dc; background: #1668dc; color: #fff; font-weight: 600; }
fieldset { display: grid; gap: .5rem; margin: .5rem 0 0; padding: 0; border: 0; }
legend { padding: .5rem 0; font-size: .875rem; opacity: .7; }
`);

export function document(lang: string, title: string, content: Markup): string {
  const page = html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`;
  return page.text;
}
