import type { EntityManager } from '@mikro-orm/mongodb';
import { userError, validationError } from '#platform/errors.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import { currentStanding, isTrading, isTradingFor, needsReview } from '../merchants/service.ts';
import { mayBecome, type ModerationState, type ProductStatus, publishedStatus, statusError, withdrawnStatus } from './domain.ts';
import { Product, ProductVariant } from './entities.ts';
import { editProduct, type ProductOutcome, productNotFound, refused, tell, touch } from './writing.ts';

const PATH = ['id'];

export const merchantNotActive = (status: string, path: readonly string[]) =>
  userError(
    'InvalidStateError',
    'MERCHANT_NOT_ACTIVE',
    path,
    { en: `The merchant is ${status}; only an ACTIVE one may publish.`, zh: `商家当前状态为 ${status}，仅 ACTIVE 的商家可以发布商品。` },
    { currentState: status, allowedStates: ['ACTIVE'] },
  );

const noActiveVariant = () => validationError(PATH, { en: 'Activate at least one variant first.', zh: '请先启用至少一个规格。' }, 'NO_ACTIVE_VARIANT');

/** The merchant is asked for before the transaction, since nothing outside MongoDB happens inside one. */
export async function publishProduct(context: RequestScope, id: string): Promise<ProductOutcome> {
  const { em, siblings } = context;
  const [known] = await findRows(em, Product, { _id: id }, ['merchantId']);
  const standing = known ? await currentStanding(em, siblings, known.merchantId) : null;
  return editProduct(context, id, PATH, async (product, tx) => {
    if (!standing || !isTrading(standing.status)) return [merchantNotActive(standing?.status ?? 'UNKNOWN', PATH)];
    const isShownOrWaiting = product.status === 'ACTIVE' || product.status === 'PENDING_REVIEW';
    if (isShownOrWaiting) return null;
    const target = publishedStatus(product.kind === 'C2C_LISTING' || needsReview(standing.kind));
    if (!mayBecome(product.status, target)) return [statusError(PATH, product.status, target)];
    if (!(await hasActiveVariant(tx, id))) return [noActiveVariant()];
    if (target === 'ACTIVE') await show(product, tx);
    else wait(product);
    return [];
  });
}

const hasActiveVariant = async (tx: EntityManager, productId: string): Promise<boolean> =>
  (await rawCollection(tx, ProductVariant).findOne({ productId, isActive: true, removedAt: null }, { projection: { _id: 1 }, ...sessionOf(tx) })) !== null;

async function show(product: Product, tx: EntityManager): Promise<void> {
  product.status = 'ACTIVE';
  product.isListed = await isTradingFor(tx, product.merchantId);
  product.publishedAt ??= new Date();
}

export function wait(product: Product): void {
  product.status = 'PENDING_REVIEW';
  product.moderation = { state: 'PENDING', reason: null, reviewedAt: null };
}

export function unpublishProduct(context: RequestScope, id: string): Promise<ProductOutcome> {
  return editProduct(context, id, PATH, (product) => {
    const target = withdrawnStatus(product.status);
    if (product.status === target || product.status === 'DRAFT') return null;
    return hide(product, target);
  });
}

export function archiveProduct(context: RequestScope, id: string): Promise<ProductOutcome> {
  const isArchivedToo = true;
  return editProduct(context, id, PATH, (product) => (product.status === 'ARCHIVED' ? null : hide(product, 'ARCHIVED')), isArchivedToo);
}

function hide(product: Product, target: ProductStatus) {
  if (!mayBecome(product.status, target)) return [statusError(PATH, product.status, target)];
  product.status = target;
  product.isListed = false;
  return [];
}

export interface ProductModerateInput {
  readonly id: string;
  readonly decision: ModerationState;
  readonly reason?: string | null | undefined;
}

export async function moderateProduct({ em }: RequestScope, { id, decision, reason }: ProductModerateInput): Promise<ProductOutcome> {
  if (decision === 'PENDING')
    return refused(validationError(['input', 'decision'], { en: 'Decide APPROVED or REJECTED.', zh: '请选择 APPROVED 或 REJECTED。' }, 'DECISION'));
  const text = reason?.trim() || null;
  if (decision === 'REJECTED' && text === null)
    return refused(validationError(['input', 'reason'], { en: 'Tell the merchant why.', zh: '请说明驳回原因。' }, 'REQUIRED'));
  return transaction(em, async (tx) => {
    const product = await tx.findOne(Product, { _id: id });
    if (!product) return refused(productNotFound(['input', 'id']));
    const target: ProductStatus = decision === 'APPROVED' ? 'ACTIVE' : 'REJECTED';
    if (product.status !== 'PENDING_REVIEW') return refused(statusError(['input', 'id'], product.status, 'REJECTED'));
    const before = product.status;
    if (target === 'ACTIVE') await show(product, tx);
    else product.status = target;
    product.moderation = { state: decision, reason: text, reviewedAt: new Date() };
    touch(product);
    await tell(tx, product, before);
    return { productId: product._id, userErrors: [] };
  });
}
