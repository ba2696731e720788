import { tokenVerifier } from '#platform/tokens.ts';
import { signingKeysOf } from '#platform/config.ts';
import type { Identity } from '#platform/identity.ts';
import { startSubgraphs, type TestSubgraphs } from '../../test/subgraphs.ts';
import { user } from './index.ts';

/** What the tests of this subgraph do again and again, through its own schema. */
export interface UserShop extends TestSubgraphs {
  register(name: string, fields?: object): Promise<any>;
  logIn(login: string, password?: string, more?: object): Promise<any>;
  /** Registers, logs in, and answers who that is. */
  signUp(name: string): Promise<Identity>;
  /** Who a token speaks for. */
  identityOf(accessToken: string): Promise<Identity>;
  /** Logs in anew, so that new memberships count. */
  again(name: string): Promise<Identity>;
  admin(): Promise<Identity>;
  apply(identity: Identity, slug: string, fields?: object): Promise<any>;
  review(id: string, decision: string): Promise<any>;
}

export const PASSWORD = 'correct-horse-battery';

export const LOGIN = `mutation($input: UserLoginInput!) { userLogin(input: $input) {
  user { id displayName }
  tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt scopes }
  userErrors { __typename code message path }
} }`;
const REGISTER = `mutation($input: UserRegisterInput!) { userRegister(input: $input) { verificationSent userErrors { __typename code message path ... on PasswordPolicyError { failedRules } } } }`;
const APPLY = `mutation($input: MerchantApplyInput!) { merchantApply(input: $input) { merchant { id slug name status } userErrors { code message path } } }`;
const REVIEW = `mutation($input: MerchantReviewInput!) { merchantReview(input: $input) { merchant { id status joinedAt application { reviewedAt rejectionReasons } } userErrors { code path ... on InvalidStateError { currentState allowedStates } } } }`;

export async function startUserShop(environment: Record<string, string> = {}, siblings: Parameters<typeof startSubgraphs>[0] = []): Promise<UserShop> {
  const graph = await startSubgraphs([user, ...siblings], environment);
  const verifier = tokenVerifier(signingKeysOf(graph.config));
  const logIn = async (login: string, password = PASSWORD, more: object = {}) =>
    (await graph.ask('user', LOGIN, { input: { login, password, ...more } })).data.userLogin;
  const again = async (name: string) => verifier.verify((await logIn(name)).tokens.accessToken);
  const register = async (name: string, fields: object = {}) =>
    (
      await graph.ask('user', REGISTER, {
        input: { username: name, email: `${name}@example.test`, password: PASSWORD, acceptedTermsVersion: '2026-01', ...fields },
      })
    ).data.userRegister;
  const admin = async () => verifier.verify((await logIn(graph.config.STAFF_LOGIN, graph.config.STAFF_PASSWORD)).tokens.accessToken);
  return Object.assign(graph, {
    register,
    logIn,
    again,
    admin,
    identityOf: (accessToken: string) => verifier.verify(accessToken),
    signUp: async (name: string) => {
      await register(name);
      return again(name);
    },
    apply: async (identity: Identity, slug: string, fields: object = {}) => {
      const input = {
        kind: 'BUSINESS',
        name: `Shop ${slug}`,
        slug,
        legalName: 'Shop Ltd',
        registrationNumber: 'R-1',
        countryCode: 'CN',
        settlementCurrency: 'CNY',
        documentMediaIds: [],
        refundPolicy: { windowDays: 14, returnRequired: true, autoApproveAfterHours: 48, text: 'Fourteen days.' },
        ...fields,
      };
      return (await graph.ask('user', APPLY, { input }, { identity })).data.merchantApply;
    },
    review: async (id: string, decision: string) =>
      (await graph.ask('user', REVIEW, { input: { id, decision, reason: 'looked at' } }, { identity: await admin() })).data.merchantReview,
  });
}
