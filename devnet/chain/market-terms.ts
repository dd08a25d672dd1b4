import type { PriceSources } from './feeds.ts';
import type { EModeSpec, RateSpec, ReserveSpec } from './reserves.ts';
import { TOKEN_SYMBOLS, type TokenSymbol, type Tokens } from './tokens.ts';

export type RiskTerms = Pick<ReserveSpec, 'maxLtvBps' | 'liquidationThresholdBps' | 'liquidationBonusBps'>;

/** Close to those of Aave V3 Ethereum Core in autumn 2025; stkETH's are wstETH's. */
export const RISK_TERMS: Readonly<Record<TokenSymbol, RiskTerms>> = {
  WETH: { maxLtvBps: 8050, liquidationThresholdBps: 8300, liquidationBonusBps: 10500 },
  WBTC: { maxLtvBps: 7300, liquidationThresholdBps: 7800, liquidationBonusBps: 10500 },
  USDC: { maxLtvBps: 7500, liquidationThresholdBps: 7800, liquidationBonusBps: 10450 },
  DAI: { maxLtvBps: 6300, liquidationThresholdBps: 7700, liquidationBonusBps: 10500 },
  stkETH: { maxLtvBps: 7850, liquidationThresholdBps: 8100, liquidationBonusBps: 10600 },
};

/** stkETH is the collateral of both. */
export const E_MODES = {
  etherCorrelated: { id: 1, maxLtvBps: 9300, liquidationThresholdBps: 9500, liquidationBonusBps: 10100 },
  stakedEtherStablecoins: {
    id: 2,
    maxLtvBps: 8050,
    liquidationThresholdBps: 8400,
    liquidationBonusBps: 10400,
  },
} as const;

interface IncomeTerms extends RateSpec {
  readonly reserveFactorBps: number;
}

const INCOME_TERMS: Readonly<Record<TokenSymbol, IncomeTerms>> = {
  WETH: { optimalUsageBps: 9200, baseBps: 0, slope1Bps: 270, slope2Bps: 4000, reserveFactorBps: 1500 },
  WBTC: { optimalUsageBps: 8000, baseBps: 0, slope1Bps: 400, slope2Bps: 6000, reserveFactorBps: 5000 },
  USDC: { optimalUsageBps: 9200, baseBps: 0, slope1Bps: 550, slope2Bps: 4000, reserveFactorBps: 1000 },
  DAI: { optimalUsageBps: 9200, baseBps: 0, slope1Bps: 550, slope2Bps: 3500, reserveFactorBps: 2500 },
  stkETH: { optimalUsageBps: 8000, baseBps: 0, slope1Bps: 100, slope2Bps: 8500, reserveFactorBps: 3500 },
};

const LIQUIDATION_PROTOCOL_FEE_BPS = 1000;

export function reserveSpecs(tokens: Tokens, sources: PriceSources): ReserveSpec[] {
  return TOKEN_SYMBOLS.map((symbol) => {
    const { reserveFactorBps, ...rates } = INCOME_TERMS[symbol];
    return {
      ...{ symbol, token: tokens[symbol].address, priceSource: sources[symbol], borrowable: true },
      ...{ ...RISK_TERMS[symbol], liquidationProtocolFeeBps: LIQUIDATION_PROTOCOL_FEE_BPS },
      ...{ reserveFactorBps, rates },
    };
  });
}

export function eModeSpecs({ stkETH, WETH, USDC, DAI }: Tokens): EModeSpec[] {
  const collaterals = [stkETH.address];
  const stablecoins = [USDC.address, DAI.address];
  return [
    { ...E_MODES.etherCorrelated, label: 'ETH correlated', collaterals, borrowables: [WETH.address] },
    {
      ...E_MODES.stakedEtherStablecoins,
      label: 'stkETH / stablecoins',
      collaterals,
      borrowables: stablecoins,
    },
  ];
}
