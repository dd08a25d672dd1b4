import { describe, expect, test } from 'vitest';
import { narrowerSpan } from '../../lib/adapters/log-limits.ts';

/** Blocks 1,000,000 to 1,099,999 were asked for. Messages as the providers' documentation and users quote them. */
const asked = { fromBlock: 1_000_000, toBlock: 1_099_999 };
const HALF = 50_000;

describe('a refusal says how many blocks to ask for next', () => {
  test.each([
    [
      'Alchemy, by results',
      'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0xf4240, 0xf462f]',
      1_008,
    ],
    ['Alchemy, by range', 'eth_getLogs requests with up to a 2K block range are allowed.', 2_000],
    [
      'Infura',
      'query returned more than 10000 results. Try with this block range [0xF4240, 0xF4A1F].',
      2_016,
    ],
    ['geth', 'query returned more than 10000 results', HALF],
    ['QuickNode', 'eth_getLogs is limited to a 10,000 range', 10_000],
    ['1RPC', 'eth_getLogs is limited to 0 - 1000 blocks range', 1_000],
    ['Ankr', 'block range is too wide', HALF],
    ['Chainstack', 'Block range limit exceeded. See more details at the documentation.', HALF],
    ['Cloudflare', 'Max range: 800', 800],
    ['PublicNode', 'exceed maximum block range: 50000', 50_000],
    ['dRPC', 'ranges over 10000 blocks are not supported on freetier', 10_000],
    ['LlamaNodes', 'query exceeds max results 20000, retry with the range 1000000-1004999', 5_000],
    ['BlastAPI', 'Log response size exceeded. block range must be less than 5000', 5_000],
    ['Erigon', 'query timeout exceeded', HALF],
    ['a gateway', 'eth_getLogs at node.example failed: HTTP 413 with a body that is not JSON-RPC', HALF],
    ['nobody in time', 'eth_getLogs at node.example failed: no full answer within 4000 ms', HALF],
    ['Base', 'backend response too large', HALF],
    ['Nethermind', 'Too many logs requested. Max logs per response is 20000.', HALF],
  ])('%s', (_, message, span) => {
    expect(narrowerSpan({ ...asked, message })).toBe(span);
  });

  test('never more than was asked for, nor less than a block', () => {
    const said = 'eth_getLogs is limited to a 10,000 range';
    expect(narrowerSpan({ fromBlock: 5, toBlock: 104, message: said })).toBe(50);
    expect(narrowerSpan({ fromBlock: 5, toBlock: 6, message: said })).toBe(1);
    expect(narrowerSpan({ fromBlock: 5, toBlock: 5, message: said })).toBe(undefined);
    const another = 'this block range should work: [0x1, 0x10]';
    expect(narrowerSpan({ ...asked, message: another })).toBe(HALF);
  });

  test.each([
    'Unauthorized: invalid API key',
    'the method eth_getLogs does not exist/is not available',
    'method not found',
    'Your app has exceeded its compute units per second capacity.',
    'daily request count exceeded, request rate limited',
    'eth_getLogs at node.example failed: connect ECONNREFUSED 127.0.0.1:1. Check that the RPC endpoint is up',
  ])('but asking for less does not help: %s', (message) => {
    expect(narrowerSpan({ ...asked, message })).toBe(undefined);
  });
});
