/** Basis points by tax category. */
export interface TaxRates {
  readonly standard: number;
  readonly reduced: number;
  readonly digital: number;
}

/** By country. */
export type TaxTable = Readonly<Record<string, TaxRates>>;

/**
 * Value-added tax that prices include, in basis points. Sources: each country's tax authority, rates in force in 2025 -
 * China: Provisional Regulations on VAT and the announcement [2019] No. 39 of the Ministry of Finance (13 %, 9 %, 6 % for
 * services and digital goods); European Union: national rates under Council Directive 2006/112/EC; United Kingdom: VAT Act
 * 1994; Japan: Consumption Tax Act (10 %, 8 %); Korea: VAT Act; Singapore: GST Act; Australia and New Zealand: GST Acts;
 * Canada: Excise Tax Act (federal part); Switzerland: MWSTG. Where sales tax is added at the till and is not a part of
 * prices (United States), or there is none (Hong Kong, Macao), nothing of a price is tax. The setting of the same name replaces
 * a country's rates, or adds a country's.
 */
export const TAX_RATES: TaxTable = {
  CN: { standard: 1300, reduced: 900, digital: 600 },
  TW: { standard: 500, reduced: 500, digital: 500 },
  HK: { standard: 0, reduced: 0, digital: 0 },
  MO: { standard: 0, reduced: 0, digital: 0 },
  US: { standard: 0, reduced: 0, digital: 0 },
  CA: { standard: 500, reduced: 500, digital: 500 },
  JP: { standard: 1000, reduced: 800, digital: 1000 },
  KR: { standard: 1000, reduced: 1000, digital: 1000 },
  SG: { standard: 900, reduced: 900, digital: 900 },
  AU: { standard: 1000, reduced: 1000, digital: 1000 },
  NZ: { standard: 1500, reduced: 1500, digital: 1500 },
  GB: { standard: 2000, reduced: 500, digital: 2000 },
  CH: { standard: 810, reduced: 260, digital: 810 },
  AT: { standard: 2000, reduced: 1000, digital: 2000 },
  BE: { standard: 2100, reduced: 600, digital: 2100 },
  DE: { standard: 1900, reduced: 700, digital: 1900 },
  DK: { standard: 2500, reduced: 2500, digital: 2500 },
  ES: { standard: 2100, reduced: 1000, digital: 2100 },
  FI: { standard: 2550, reduced: 1400, digital: 2550 },
  FR: { standard: 2000, reduced: 550, digital: 2000 },
  IE: { standard: 2300, reduced: 1350, digital: 2300 },
  IT: { standard: 2200, reduced: 1000, digital: 2200 },
  NL: { standard: 2100, reduced: 900, digital: 2100 },
  PL: { standard: 2300, reduced: 800, digital: 2300 },
  PT: { standard: 2300, reduced: 1300, digital: 2300 },
  SE: { standard: 2500, reduced: 1200, digital: 2500 },
};

/** The built-in rates, with those of the countries that the shop has set itself. */
export const taxTableOf = (own: TaxTable): TaxTable => (Object.keys(own).length === 0 ? TAX_RATES : { ...TAX_RATES, ...own });
