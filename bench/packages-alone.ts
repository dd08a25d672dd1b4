import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { FlashbotsBundleProvider } from '@flashbots/ethers-provider-bundle';
import { JsonRpcProvider, Network, Wallet } from 'ethers';

/**
 * The packages that a racer is made of, bundled as it is, each used once, and nothing of ours: a secret and a row are
 * read side by side, then a block, and the relay's provider is made.
 */
const { TABLE_NAME: TableName, SECRET_ID: SecretId, LIQUIDATOR_CONFIG } = process.env;
const row = { TableName, Key: { pk: { S: 'none' }, sk: { S: 'none' } } };
const [{ SecretString }] = await Promise.all([
  new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId })),
  new DynamoDBClient().send(new GetItemCommand(row)),
]);
const { rpcUrl, relayIdentityKey } = JSON.parse(SecretString ?? '{}');
const { chainId, relays } = JSON.parse(LIQUIDATOR_CONFIG ?? '{}');
const staticNetwork = Network.from(chainId);
const node = new JsonRpcProvider(rpcUrl, staticNetwork, { staticNetwork });
const relay = await FlashbotsBundleProvider.create(
  node,
  new Wallet(relayIdentityKey),
  relays[0].url,
  chainId,
);
const block = await node.getBlock('latest');

export const handler = async () => ({ block: block?.number, hasRelay: relay !== undefined });
