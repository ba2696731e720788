import { decimalOf } from '#platform/money.ts';
import type { StoredAddress } from '../orders/entities.ts';
import type { InvoiceLine, TaxOfRate } from './domain.ts';
import { Markup, markup } from './markup.ts';
import type { Invoice } from './sources.ts';

export type Language = 'en' | 'zh';

const TEXTS = {
  en: {
    kind: { INVOICE: 'Invoice', CREDIT_NOTE: 'Credit note' },
    number: 'Number',
    issuedAt: 'Issued on',
    order: 'Order',
    credits: 'Credits invoice',
    refund: 'Refund',
    seller: 'Seller',
    buyer: 'Buyer',
    taxId: 'Tax ID',
    goods: 'Goods',
    quantity: 'Quantity',
    taxRate: 'Tax rate',
    tax: 'Tax',
    net: 'Net',
    amount: 'Amount, tax included',
    shipping: 'Delivery',
    total: { INVOICE: 'Total', CREDIT_NOTE: 'Total credited' },
    unknownRate: 'as ordered',
    other: '中文',
  },
  zh: {
    kind: { INVOICE: '发票', CREDIT_NOTE: '红字发票' },
    number: '号码',
    issuedAt: '开具日期',
    order: '订单号',
    credits: '冲红发票号码',
    refund: '退款单号',
    seller: '销售方',
    buyer: '购买方',
    taxId: '纳税人识别号',
    goods: '货物或服务',
    quantity: '数量',
    taxRate: '税率',
    tax: '税额',
    net: '不含税金额',
    amount: '含税金额',
    shipping: '运费',
    total: { INVOICE: '价税合计', CREDIT_NOTE: '冲红合计' },
    unknownRate: '依订单',
    other: 'English',
  },
} as const satisfies Record<Language, object>;

const STYLE = new Markup(`
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: #111; background: #fff; }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 2px solid #111; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; }
h2 { margin: 0; font-size: .8rem; font-weight: 600; color: #555; }
section { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin: 1rem 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 1rem; margin: 0; }
dt { color: #555; }
dd { margin: 0; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .35rem .5rem; border-bottom: 1px solid #ccc; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tfoot td { border-bottom: 0; font-weight: 700; font-size: 1.1rem; }
small { color: #555; }
@media print { body { margin: 0; } nav { display: none; } }
`);

/** A document as a page of its own, to be printed. `otherPage` is the same in the other language. */
export function invoicePage(invoice: Invoice, language: Language, otherPage: string): string {
  const text = TEXTS[language];
  const { kind, number, currency } = invoice;
  const shown = (amount: number): string => `${decimalOf({ amount, currency })} ${currency}`;
  const title = `${text.kind[kind]} ${number}`;
  const page = markup`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${title}</h1><nav><a href="${otherPage}">${text.other}</a></nav></header>
<section>
<div><h2>${text.seller}</h2>${invoice.merchantName}</div>
<div><h2>${text.buyer}</h2>${invoice.title}${row(invoice.taxId === null ? null : `${text.taxId}: ${invoice.taxId}`)}${row(invoice.email)}${addressOf(invoice.address)}</div>
</section>
<dl>
${entry(text.number, number)}${entry(text.issuedAt, invoice.issuedAt.toISOString().slice(0, 10))}${entry(text.order, invoice.orderNumber)}${entry(text.credits, invoice.invoiceNumber)}${entry(text.refund, invoice.refundNumber)}
</dl>
<table>
<thead><tr><th>${text.goods}</th><th class="figure">${text.quantity}</th><th class="figure">${text.taxRate}</th><th class="figure">${text.tax}</th><th class="figure">${text.amount}</th></tr></thead>
<tbody>
${invoice.lines.map((line) => lineOf(line, text.unknownRate, shown))}${deliveryOf(invoice, text.shipping, shown)}
</tbody>
<tfoot><tr><td colspan="4">${text.total[kind]}</td><td class="figure">${shown(invoice.amount)}</td></tr></tfoot>
</table>
<table>
<thead><tr><th>${text.taxRate}</th><th class="figure">${text.net}</th><th class="figure">${text.tax}</th></tr></thead>
<tbody>
${invoice.taxes.map((tax) => taxOf(tax, text.unknownRate, shown))}
</tbody>
</table>
</body>
</html>
`;
  return page.text;
}

type Shown = (amount: number) => string;

const row = (text: string | null): Markup | null => (text === null ? null : markup`<br>${text}`);
const entry = (name: string, value: string | null): Markup | null => (value === null ? null : markup`<dt>${name}</dt><dd>${value}</dd>\n`);

function addressOf(address: StoredAddress | null): Markup[] {
  if (!address) return [];
  const { company, line1, line2, district, city, region, postalCode, countryCode } = address;
  const lines = [company, line1, line2, district, [postalCode, city].filter(Boolean).join(' '), [region, countryCode].filter(Boolean).join(', ')];
  return lines.flatMap((line) => (line ? [markup`<br>${line}`] : []));
}

/** Basis points as a percentage: 1300 is 13%, 810 is 8.1%. */
const percent = (rateBps: number | null, unknown: string): string => (rateBps === null ? unknown : `${rateBps / 100}%`);

const lineOf = ({ title, variantTitle, sku, quantity, taxRateBps, tax, amount }: InvoiceLine, unknown: string, shown: Shown): Markup =>
  markup`<tr><td>${title}${variantTitle === '' ? null : markup` · ${variantTitle}`}<br><small>${sku}</small></td><td class="figure">${quantity}</td><td class="figure">${percent(taxRateBps, unknown)}</td><td class="figure">${shown(tax)}</td><td class="figure">${shown(amount)}</td></tr>\n`;

const deliveryOf = ({ shipping }: Invoice, name: string, shown: Shown): Markup | null =>
  shipping.amount === 0
    ? null
    : markup`<tr><td colspan="3">${name}</td><td class="figure">${shown(shipping.tax)}</td><td class="figure">${shown(shipping.amount)}</td></tr>`;

const taxOf = ({ rateBps, net, tax }: TaxOfRate, unknown: string, shown: Shown): Markup =>
  markup`<tr><td>${percent(rateBps, unknown)}</td><td class="figure">${shown(net)}</td><td class="figure">${shown(tax)}</td></tr>\n`;
