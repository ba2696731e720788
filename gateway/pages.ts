import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type HttpHandler, type HttpRoutes, sendText } from '#platform/http.ts';

/** What people see of a gateway in a browser. */
interface PageContent {
  readonly title: string;
  /** Opened in both explorers. */
  readonly firstQuery: string;
}

const escapeForScript = (value: string) => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Apollo Sandbox: the page comes from here, its script from Apollo, so it needs the internet in the browser. */
const sandboxPage = ({ title, firstQuery }: PageContent): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title} - Apollo Sandbox</title>
<style>html,body{margin:0;height:100%;font-family:system-ui,sans-serif}#sandbox{position:absolute;inset:0}noscript,p{display:block;margin:2rem}</style></head>
<body>
<p>Loading Apollo Sandbox. It comes from apollographql.com; without the internet use the <a href="/explorer">offline explorer</a>.</p>
<div id="sandbox"></div>
<script src="https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js"></script>
<script>
if (window.EmbeddedSandbox) {
  document.querySelector('p').remove();
  new window.EmbeddedSandbox({ target: '#sandbox', initialEndpoint: '/graphql', includeCookies: false, initialState: { document: ${escapeForScript(firstQuery)}, pollForSchemaUpdates: false } });
}
</script>
</body></html>`;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
};

/** What is wrongly encoded names no file. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

const explorerFolder = path.join(path.dirname(createRequire(import.meta.url).resolve('altair-static/package.json')), 'build', 'dist');

export const landing =
  (content: PageContent): HttpHandler =>
  (_request, response) =>
    sendText(response, 200, sandboxPage(content), 'text/html; charset=utf-8');

export function explorerRoutes({ firstQuery }: PageContent): HttpRoutes {
  const explorer: HttpHandler = (request, response) => explore(request, response, firstQuery);
  return { '/explorer': explorer, '/explorer/': explorer };
}

/** Altair, from the installed package: works without the internet. */
async function explore(request: IncomingMessage, response: ServerResponse, firstQuery: string): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/explorer') {
    response.writeHead(302, { location: '/explorer/' }).end();
    return;
  }
  if (pathname === '/explorer/') return sendText(response, 200, await explorerIndex(firstQuery), CONTENT_TYPES['.html']);
  const file = path.join(explorerFolder, path.normalize(decoded(pathname.slice('/explorer/'.length))));
  const contentType = CONTENT_TYPES[path.extname(file)];
  if (!file.startsWith(explorerFolder + path.sep) || !contentType) return sendText(response, 404, 'Not found.');
  try {
    const content = await readFile(file);
    response.writeHead(200, { 'content-type': contentType, 'content-length': content.length, 'cache-control': 'public, max-age=3600' }).end(content);
  } catch {
    sendText(response, 404, 'Not found.');
  }
}

async function explorerIndex(firstQuery: string): Promise<string> {
  const { renderAltair } = await import('altair-static');
  return renderAltair({ baseURL: '/explorer/', endpointURL: '/graphql', initialQuery: firstQuery });
}
