import { lengthError, type Text, type UserErrorData, userError, validationError } from '#platform/errors.ts';
import { allocate, scale, sum } from '#platform/money.ts';

/** What may be invoiced of an order, and what is credited later. Amounts are minor units of the order's currency, tax included. */
export interface BilledOrder {
  readonly totals: { readonly shipping: number; readonly tax: number; readonly total: number };
  readonly refundedTotal: number;
  readonly refundedShipping: number;
  readonly lines: readonly BilledLine[];
}

export interface BilledLine {
  readonly id: string;
  readonly title: string;
  readonly variantTitle: string;
  readonly sku: string;
  readonly quantity: number;
  readonly total: number;
  readonly tax: number;
  /** Missing on orders that were placed before it was kept. */
  readonly taxRateBps?: number;
  readonly requiresShipping: boolean;
  readonly refundedQuantity: number;
  readonly refundedAmount: number;
}

export interface InvoiceLine {
  readonly orderLineId: string;
  readonly title: string;
  readonly variantTitle: string;
  readonly sku: string;
  readonly quantity: number;
  readonly amount: number;
  readonly tax: number;
  readonly taxRateBps: number | null;
}

export interface TaxOfRate {
  /** Null where the rate is not known any more. */
  readonly rateBps: number | null;
  readonly net: number;
  readonly tax: number;
}

/** What stands on a document, frozen. */
export interface Content {
  readonly lines: readonly InvoiceLine[];
  readonly shipping: { readonly amount: number; readonly tax: number };
  readonly taxes: readonly TaxOfRate[];
  readonly amount: number;
}

interface Share {
  readonly line: BilledLine;
  readonly quantity: number;
  /** How much of the line went another way before, and how much is meant now. */
  readonly before: number;
  readonly amount: number;
}

/** The order after the refunds that have succeeded. */
export const invoiceContent = (order: BilledOrder): Content =>
  contentOf(
    order,
    order.lines.map((line) => ({
      line,
      quantity: line.quantity - line.refundedQuantity || line.quantity,
      before: line.refundedAmount,
      amount: line.total - line.refundedAmount,
    })),
    { before: order.refundedShipping, amount: order.totals.shipping - order.refundedShipping },
  );

interface Refunded {
  readonly lines: readonly { readonly orderLineId: string; readonly quantity: number; readonly amount: number }[];
  readonly shippingAmount: number;
}

/** One refund, after what was not invoiced at all and what was credited before: so that all documents together leave no tax over. */
export function creditContent(order: BilledOrder, invoice: Content, credited: readonly Content[], refund: Refunded): Content {
  const creditedOf = (orderLineId: string) =>
    sum(credited.flatMap(({ lines }) => lines.filter((line) => line.orderLineId === orderLineId).map(({ amount }) => amount)));
  const shares = refund.lines.flatMap(({ orderLineId, quantity, amount }): Share[] => {
    const line = order.lines.find(({ id }) => id === orderLineId);
    if (!line) return [];
    const invoiced = invoice.lines.find((one) => one.orderLineId === orderLineId)?.amount ?? 0;
    return [{ line, quantity, before: line.total - invoiced + creditedOf(orderLineId), amount }];
  });
  const before = order.totals.shipping - invoice.shipping.amount + sum(credited.map(({ shipping }) => shipping.amount));
  return contentOf(order, shares, { before, amount: refund.shippingAmount });
}

function contentOf(order: BilledOrder, shares: readonly Share[], delivery: { readonly before: number; readonly amount: number }): Content {
  const lines = shares.filter(({ amount }) => amount > 0).map(lineOf);
  const shippingTax = order.totals.tax - sum(order.lines.map(({ tax }) => tax));
  const shipping = { amount: delivery.amount, tax: taxOfPart(shippingTax, order.totals.shipping, delivery.before, delivery.amount) };
  return { lines, shipping, taxes: taxesOf(order, lines, shipping), amount: sum([...lines.map(({ amount }) => amount), shipping.amount]) };
}

const lineOf = ({ line, quantity, before, amount }: Share): InvoiceLine => ({
  orderLineId: line.id,
  title: line.title,
  variantTitle: line.variantTitle,
  sku: line.sku,
  quantity,
  amount,
  tax: taxOfPart(line.tax, line.total, before, amount),
  taxRateBps: line.taxRateBps ?? null,
});

/** The tax of a part that follows another part: taken one after the other, parts sum to the whole. */
const taxOfPart = (tax: number, total: number, before: number, amount: number): number =>
  total === 0 ? 0 : scale(tax, before + amount, total) - scale(tax, before, total);

/** Delivery is taxed as the goods that it delivered, in proportion. */
function taxesOf(order: BilledOrder, lines: readonly InvoiceLine[], shipping: Content['shipping']): TaxOfRate[] {
  const delivered = order.lines.filter(({ requiresShipping }) => requiresShipping);
  const carried = shipping.amount === 0 ? [] : Map.groupBy(delivered.length > 0 ? delivered : order.lines, rateOf);
  const weights = [...carried].map(([rateBps, same]) => ({ rateBps, weight: sum(same.map(({ total }) => total)) }));
  const amounts = allocate(
    shipping.amount,
    weights.map(({ weight }) => weight),
  );
  const taxes = allocate(
    shipping.tax,
    weights.map(({ rateBps }, index) => scale(amounts[index] ?? 0, rateBps ?? 0, 10_000 + (rateBps ?? 0))),
  );
  const parts = [
    ...lines.map(({ taxRateBps, amount, tax }) => ({ rateBps: taxRateBps, amount, tax })),
    ...weights.map(({ rateBps }, index) => ({ rateBps, amount: amounts[index] ?? 0, tax: taxes[index] ?? 0 })),
  ];
  return [...Map.groupBy(parts, ({ rateBps }) => rateBps)]
    .map(([rateBps, same]) => {
      const tax = sum(same.map((part) => part.tax));
      return { rateBps, net: sum(same.map(({ amount }) => amount)) - tax, tax };
    })
    .sort((a, b) => (b.rateBps ?? -1) - (a.rateBps ?? -1));
}

const rateOf = ({ taxRateBps }: BilledLine): number | null => taxRateBps ?? null;

interface Addressee {
  readonly title: string;
  readonly taxId?: string | null | undefined;
}

const MAX_TITLE = 100;
const TAX_ID = /^[A-Z0-9][A-Z0-9-]{5,19}$/;
const TAX_ID_TEXT: Text = {
  en: '"taxId" must have 6 to 20 letters, digits and hyphens, e.g. 91310000MA1FL0XY2K.',
  zh: '“taxId”须为 6 至 20 位字母、数字或连字符，例如 91310000MA1FL0XY2K。',
};

/** As it is written on documents: without blanks, in capitals; null where there is none. */
export const taxIdOf = (typed: string | null | undefined): string | null => typed?.replace(/\s/g, '').toUpperCase() || null;

export function checkAddressee({ title, taxId }: Addressee): UserErrorData[] {
  const problem = lengthError(['input', 'title'], title, { min: 1, max: MAX_TITLE });
  const number = taxIdOf(taxId);
  return [...(problem ? [problem] : []), ...(number !== null && !TAX_ID.test(number) ? [validationError(['input', 'taxId'], TAX_ID_TEXT)] : [])];
}

export const nothingToInvoice = (path: readonly string[]): UserErrorData =>
  userError('ValidationError', 'NOTHING_TO_INVOICE', path, {
    en: 'There is nothing to invoice: the order cost nothing, or all of it was paid back.',
    zh: '没有可开票金额：订单金额为零，或款项已全部退回。',
  });

export type InvoiceKind = 'INVOICE' | 'CREDIT_NOTE';

const PREFIXES: Readonly<Record<InvoiceKind, string>> = { INVOICE: 'INV', CREDIT_NOTE: 'CN' };

/** The count of which a number is a part. */
export const seriesOf = (merchantId: string, kind: InvoiceKind, issuedAt: Date): string => `${merchantId}|${kind}|${issuedAt.getUTCFullYear()}`;

export const invoiceNumber = (kind: InvoiceKind, issuedAt: Date, count: number): string =>
  `${PREFIXES[kind]}-${issuedAt.getUTCFullYear()}-${String(count).padStart(6, '0')}`;
