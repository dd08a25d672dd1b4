/** 20 bytes, EIP-55 checksummed as ethers' `getAddress` returns it, so that `===` compares. */
export type Address = string;
/** 0x-prefixed bytes. */
export type Hex = string;
