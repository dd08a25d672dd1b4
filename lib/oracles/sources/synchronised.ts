import { type Adapter, address, powerOfTen, type SourceKind, signed } from './kind.ts';

/**
 * Asset / peg × peg / base, as stETH/ETH × ETH/USD.
 * Source: bgd-labs/cl-synchronicity-price-adapter `CLSynchronicityPriceAdapterPegToBase.sol#latestAnswer`.
 */
export const pegToBase: SourceKind = {
  id: 'pegToBase',
  getters: ['PEG_TO_BASE', 'ASSET_TO_PEG', 'DECIMALS', 'DENOMINATOR'],
  adapt(answers): Adapter {
    const denominator = signed(answers, 'DENOMINATOR');
    const scale = powerOfTen(answers, 'DECIMALS');
    return {
      inputs: [address(answers, 'ASSET_TO_PEG'), address(answers, 'PEG_TO_BASE')],
      latestAnswer: ([assetToPeg = 0n, pegToBasePrice = 0n]) =>
        assetToPeg <= 0n || pegToBasePrice <= 0n || denominator === 0n
          ? 0n
          : (assetToPeg * pegToBasePrice * scale) / denominator,
    };
  },
};

/**
 * Asset / peg ÷ base / peg, as USDC/USD ÷ ETH/USD; both feeds have the same decimals.
 * Source: bgd-labs/cl-synchronicity-price-adapter `CLSynchronicityPriceAdapterBaseToPeg.sol#latestAnswer`.
 */
export const baseToPeg: SourceKind = {
  id: 'baseToPeg',
  getters: ['BASE_TO_PEG', 'ASSET_TO_PEG', 'DECIMALS'],
  adapt(answers): Adapter {
    const scale = powerOfTen(answers, 'DECIMALS');
    return {
      inputs: [address(answers, 'ASSET_TO_PEG'), address(answers, 'BASE_TO_PEG')],
      latestAnswer: ([assetToPeg = 0n, baseToPegPrice = 0n]) =>
        assetToPeg <= 0n || baseToPegPrice <= 0n ? 0n : (assetToPeg * scale) / baseToPegPrice,
    };
  },
};
