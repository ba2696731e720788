import sharp from 'sharp';
import type { Shape } from './words/goods.ts';

/** Colours of one picture: the ground from top to bottom, the thing, its shaded side and its details. */
export interface Palette {
  readonly ground: readonly [top: string, bottom: string];
  readonly body: string;
  readonly shade: string;
  readonly detail: string;
}

export const PALETTES: readonly Palette[] = [
  { ground: ['#f3efe6', '#ddd3c0'], body: '#4f7a5b', shade: '#3b5d45', detail: '#e9d9a6' },
  { ground: ['#e9eef3', '#c7d3df'], body: '#2f4b6e', shade: '#223853', detail: '#f2b872' },
  { ground: ['#f6e9e4', '#e6c8bd'], body: '#b5523b', shade: '#8d3e2c', detail: '#fbeedd' },
  { ground: ['#eef2ea', '#cfdcc6'], body: '#6b5b95', shade: '#524673', detail: '#d8c99b' },
  { ground: ['#f7f3e3', '#e8dcae'], body: '#2c6e6b', shade: '#205250', detail: '#f5f0e1' },
  { ground: ['#ecebf2', '#cfcde0'], body: '#c08a2d', shade: '#966b22', detail: '#3c3a4a' },
];

type Pen = Palette & { readonly turn: number };

const rect = (x: number, y: number, width: number, height: number, radius: number, fill: string) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}"/>`;
const circle = (x: number, y: number, radius: number, fill: string) => `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`;
const ellipse = (x: number, y: number, rx: number, ry: number, fill: string) => `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}"/>`;
const path = (d: string, fill: string) => `<path d="${d}" fill="${fill}"/>`;
const stroke = (d: string, color: string, width: number) => `<path d="${d}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round"/>`;

/** Each thing in a square of 800, standing on y = 620. */
const SHAPES: Readonly<Record<Shape, (pen: Pen) => string>> = {
  pouch: ({ body, shade, detail }) =>
    path('M250 250 L550 250 L580 620 L220 620 Z', body) +
    rect(245, 220, 310, 50, 8, shade) +
    circle(400, 430, 78, detail) +
    path('M400 370 q60 60 0 120 q-60 -60 0 -120', body),
  cup: ({ body, shade, detail }) =>
    stroke('M545 360 q110 10 90 100 q-20 70 -120 60', shade, 34) +
    path('M250 310 H560 L530 600 q-5 20 -30 20 H310 q-25 0 -30 -20 Z', body) +
    ellipse(405, 312, 156, 30, shade) +
    ellipse(405, 312, 130, 20, detail),
  bottle: ({ body, shade, detail }) =>
    rect(355, 160, 90, 90, 10, shade) +
    path('M360 245 h80 q10 70 60 105 v250 q0 20 -20 20 h-160 q-20 0 -20 -20 v-250 q50 -35 60 -105', body) +
    rect(300, 410, 200, 120, 8, detail),
  box: ({ body, shade, detail }) =>
    path('M400 230 L600 320 L400 410 L200 320 Z', detail) + path('M200 320 L400 410 V640 L200 545 Z', body) + path('M600 320 L400 410 V640 L600 545 Z', shade),
  lamp: ({ body, shade, detail }) =>
    path('M300 220 H500 L570 400 H230 Z', body) +
    path('M230 400 H570 L640 620 H160 Z', `${detail}66`) +
    rect(388, 400, 24, 190, 8, shade) +
    rect(310, 585, 180, 35, 14, shade),
  ball: ({ body, shade, detail }) =>
    circle(400, 430, 190, body) + path('M400 240 a190 190 0 0 1 0 380 q90 -190 0 -380', shade) + rect(390, 260, 20, 110, 10, detail),
  book: ({ body, shade, detail }) =>
    path('M220 240 L540 200 L580 560 L260 610 Z', body) +
    path('M260 610 L580 560 L580 590 L265 640 Z', detail) +
    path('M220 240 L250 236 L290 606 L260 610 Z', shade) +
    stroke('M320 300 L500 277', detail, 16) +
    stroke('M326 345 L460 328', detail, 10),
  plant: ({ body, shade, detail }) =>
    stroke('M400 620 Q395 480 330 370 M400 620 Q400 460 400 330 M400 620 Q405 480 475 375', shade, 14) +
    [
      [320, 340],
      [400, 290],
      [485, 345],
      [355, 270],
      [450, 270],
    ]
      .map(([x = 0, y = 0]) => circle(x, y, 58, body) + circle(x, y, 24, detail))
      .join('') +
    path('M330 520 H470 L440 640 H360 Z', detail),
  bag: ({ body, shade, detail }) =>
    stroke('M310 290 q0 -110 90 -110 q90 0 90 110', shade, 24) +
    rect(235, 270, 330, 350, 60, body) +
    rect(275, 430, 250, 150, 24, shade) +
    rect(275, 470, 250, 14, 6, detail),
  device: ({ body, shade, detail, turn }) =>
    `<g transform="rotate(${turn} 400 420)">${rect(270, 210, 260, 410, 42, shade)}${rect(288, 228, 224, 374, 30, body)}${circle(400, 350, 66, detail)}${circle(400, 350, 30, shade)}${rect(340, 490, 120, 18, 9, detail)}</g>`,
  tool: ({ body, shade, detail, turn }) =>
    `<g transform="rotate(${30 + turn} 400 400)">${path('M380 130 q60 10 60 120 v160 h-80 v-200 q0 -60 20 -80', detail)}${rect(355, 405, 90, 40, 10, shade)}${rect(362, 440, 76, 220, 30, body)}</g>`,
  disc: ({ body, shade, detail }) =>
    ellipse(400, 470, 240, 150, shade) + ellipse(400, 450, 240, 150, body) + ellipse(400, 450, 170, 100, detail) + ellipse(400, 446, 150, 86, body),
  phones: ({ body, shade, detail }) =>
    stroke('M240 460 C230 180 570 180 560 460', shade, 36) +
    rect(200, 420, 100, 190, 46, body) +
    rect(500, 420, 100, 190, 46, body) +
    rect(232, 460, 24, 110, 12, detail) +
    rect(544, 460, 24, 110, 12, detail),
  cloth: ({ body, shade, detail }) =>
    path('M210 300 Q400 240 590 300 V600 Q400 660 210 600 Z', body) +
    path('M210 380 Q400 320 590 380 V430 Q400 370 210 430 Z', detail) +
    path('M210 500 Q400 440 590 500 V520 Q400 460 210 520 Z', shade),
  tent: ({ body, shade, detail }) =>
    path('M400 200 L660 620 H140 Z', body) + path('M400 200 L660 620 H470 Z', shade) + path('M400 340 L470 620 H330 Z', detail),
  pen: ({ body, shade, detail, turn }) =>
    `<g transform="rotate(${40 + turn} 400 420)">${rect(365, 150, 70, 330, 30, body)}${rect(365, 300, 70, 24, 0, detail)}${path('M368 480 H432 L408 610 H392 Z', shade)}${rect(425, 170, 16, 130, 8, detail)}</g>`,
  loaf: ({ body, shade, detail }) =>
    path('M190 500 Q190 320 400 320 Q610 320 610 500 Q610 620 540 620 H260 Q190 620 190 500', body) +
    [280, 370, 460].map((x) => stroke(`M${x} 380 q50 40 40 100`, detail, 20)).join('') +
    path('M205 560 Q400 620 595 560 Q590 620 540 620 H260 Q215 620 205 560', shade),
  cake: ({ body, shade, detail }) =>
    rect(240, 400, 320, 220, 20, body) +
    path('M240 420 q0 -40 40 -40 h240 q40 0 40 40 v30 q-40 40 -80 0 q-40 40 -80 0 q-40 40 -80 0 q-40 40 -80 0 Z', detail) +
    circle(400, 350, 34, shade) +
    rect(200, 615, 400, 20, 10, shade),
};

/** A picture of one thing, drawn from its shape and colours; nothing is loaded. */
export function draw(shape: Shape, palette: Palette, view: number, side: number): Promise<Buffer> {
  const zoom = 1.12 + (view % 3) * 0.1;
  const pen = { ...palette, turn: (view % 3) * 14 - 14 };
  const [top, bottom] = palette.ground;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 800 800">
    <defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs>
    <rect width="800" height="800" fill="url(#g)"/><ellipse cx="400" cy="640" rx="${210 * zoom}" ry="26" fill="#00000022"/>
    <g transform="translate(400 640) scale(${zoom}) translate(-400 -640)">${SHAPES[shape](pen)}</g></svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 80 }).toBuffer();
}
