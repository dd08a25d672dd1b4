import type { Address } from './hex.ts';

/** What is where on one chain: facts, not choices. Which of it is used, config/<network>.json says. */
export interface ChainAddresses {
  /** What the executor settles in: the WETH that the chain's Aave markets lend. */
  readonly weth: Address;
  readonly multicall3: Address;
  readonly uniswapV3: { readonly factory: Address };
  readonly uniswapV2?: { readonly factory: Address };
  readonly uniswapV4?: { readonly poolManager: Address };
  /** A lender; its pools are not traded in. */
  readonly balancerV2?: { readonly vault: Address };
  /** Lenders of EIP-3156, by what plans and reports call them. */
  readonly erc3156?: readonly { readonly id: string; readonly lender: Address }[];
  /** Lends for nothing all that it holds. */
  readonly morphoBlue?: {
    readonly morpho: Address;
    readonly deployedAtBlock: number;
    readonly preLiquidationFactory?: Address | undefined;
  };
  /** By the name that a configuration uses. */
  readonly aaveV3: Readonly<Record<string, AaveV3Market>>;
  readonly compoundV3: Readonly<Record<string, CompoundV3Market>>;
}

export interface CompoundV3Market {
  /** The proxy, which stays where it is. */
  readonly comet: Address;
  /** Not after the market's first block: logs are looked for from here on. */
  readonly deployedAtBlock: number;
}

export interface AaveV3Market {
  /** The name of a fork that runs the same code; absent for Aave itself. */
  readonly protocol?: string | undefined;
  /** Knows the pool, the oracle and the sentinel, whatever governance replaces. */
  readonly poolAddressesProvider: Address;
  /** Not after the market's first block: logs are looked for from here on. */
  readonly deployedAtBlock: number;
}

/** github.com/mds1/multicall3: the same on every chain; viem@2.57.13 chains/definitions. */
const MULTICALL3: Address = '0xcA11bde05977b3631167028862bE2a173976CA11';

/**
 * Aave: @aave-dao/aave-address-book@4.68.1 AaveV3Ethereum, AaveV3EthereumLido, AaveV3EthereumEtherFi, AaveV3Sepolia.
 * Spark: github.com/sparkdotfi/spark-address-registry src/SparkLend.sol.
 * Uniswap: docs.uniswap.org/contracts/{v2,v3,v4}, the pages named deployments; V4 by now also
 * developers.uniswap.org/docs/protocols/v4/deployments.
 * Balancer: docs.balancer.fi/reference/contracts/deployment-addresses/mainnet, task 20210418-vault.
 * Maker's flash mint module, now Sky's: docs.makerdao.com/smart-contract-modules/flash-mint-module.
 * Compound: docs.compound.finance, Networks; github.com/compound-finance/comet deployments/mainnet.
 * Morpho: docs.morpho.org/get-started/resources/addresses; the same in @morpho-org/blue-sdk@6.4.0 addresses.
 */
const ETHEREUM: ChainAddresses = {
  weth: '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2',
  multicall3: MULTICALL3,
  uniswapV3: { factory: '0x1F98431c8aD98523631AE4a59f267346ea31F984' },
  uniswapV2: { factory: '0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f' },
  uniswapV4: { poolManager: '0x000000000004444c5dc75cB358380D2e3dE08A90' },
  balancerV2: { vault: '0xBA12222222228d8Ba445958a75a0704d566BF2C8' },
  erc3156: [{ id: 'sky-flash', lender: '0x60744434d6339a6B27d73d9Eda62b6F66a0a04FA' }],
  morphoBlue: {
    ...{ morpho: '0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb', deployedAtBlock: 18_883_124 },
    preLiquidationFactory: '0x6FF33615e792E35ed1026ea7cACCf42D9BF83476',
  },
  aaveV3: {
    core: {
      poolAddressesProvider: '0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e',
      deployedAtBlock: 16_290_000,
    },
    prime: {
      poolAddressesProvider: '0xcfBf336fe147D643B9Cb705648500e101504B16d',
      deployedAtBlock: 20_200_000,
    },
    etherFi: {
      poolAddressesProvider: '0xeBa440B438Ad808101d1c451C1C5322c90BEFCdA',
      deployedAtBlock: 20_600_000,
    },
    spark: {
      protocol: 'spark',
      poolAddressesProvider: '0x02C3eA4e34C0cBd694D2adFa2c690EECbC1793eE',
      deployedAtBlock: 16_700_000,
    },
  },
  compoundV3: {
    usdc: { comet: '0xc3d688B66703497DAA19211EEdff47f25384cdc3', deployedAtBlock: 15_300_000 },
    weth: { comet: '0xA17581A9E3356d9A858b789D68B4d866e593aE94', deployedAtBlock: 16_300_000 },
    usdt: { comet: '0x3Afdc9BCA9213A35503b077a6072F3D0d5AB0840', deployedAtBlock: 20_000_000 },
  },
};

const SEPOLIA: ChainAddresses = {
  weth: '0xC558DBdd856501FCd9aaF1E62eae57A9F0629a3c',
  multicall3: MULTICALL3,
  uniswapV3: { factory: '0x0227628f3F023bb0B980b67D528571c95c6DaC1c' },
  uniswapV2: { factory: '0xF62c03E08ada871A0bEb309762E260a7a6a880E6' },
  uniswapV4: { poolManager: '0xE03A1074c86CFeDd5C142C4F04F1a1536e203543' },
  aaveV3: {
    core: {
      poolAddressesProvider: '0x012bAC54348C0E635dCAc9D5FB99f06F24136C9A',
      deployedAtBlock: 4_000_000,
    },
  },
  compoundV3: {},
};

/** By chain id. A chain that is not here brings its addresses in its configuration. */
export const ADDRESSES: ReadonlyMap<number, ChainAddresses> = new Map([
  [1, ETHEREUM],
  [11_155_111, SEPOLIA],
]);
