import type { Feed } from './feed.ts';
import type { DecodedReport, ReportFault } from './report.ts';

/** Why a transaction, or one call in it, changes no price that we follow. */
export type RefusalReason =
  | ReportFault
  | 'malformedTransaction'
  | 'wrongChain'
  | 'otherContract'
  | 'tooManySignatures'
  | 'tooFewObservations'
  | 'wrongConfigDigest'
  | 'oldRound'
  | 'notYetVisible'
  | 'outsideMinMax'
  | 'nonPositiveAnswer'
  | 'unauthorisedTransmitter'
  | 'unauthorisedSender'
  | 'unknownSigner'
  | 'repeatedSigner';

/**
 * Why the aggregator would refuse this report, signatures aside; `undefined` when it accepts it. Where the
 * feed's state is not known in full, only what is known is held against the report.
 * Source: the `require`s of smartcontractkit/libocr `OffchainAggregator.sol#transmit` and
 * `OCR2Aggregator.sol#transmit`, and that a price of zero or less is unusable to every protocol. For who sees
 * which delivery, see `visibility.ts`.
 *
 * @param transmitter who calls the aggregator; `undefined` where that is not known yet.
 */
export function refusalOf(
  report: DecodedReport,
  feed: Feed,
  transmitter: string | undefined,
): RefusalReason | undefined {
  if (feed.configDigest !== undefined && report.configDigest !== feed.configDigest)
    return 'wrongConfigDigest';
  if (isOld(report, feed)) return 'oldRound';
  if (feed.visibleDelivery !== undefined && report.delivery !== feed.visibleDelivery) return 'notYetVisible';
  if (transmitter !== undefined && feed.transmitters?.includes(transmitter) === false) {
    return 'unauthorisedTransmitter';
  }
  return countRefusal(report, feed) ?? answerRefusal(report.answer, feed);
}

/**
 * A secondary delivery may bring a report that the contract has stored, while its readers have not seen it. The
 * answer that readers have seen, observed at the same second, moves nothing whatever its round.
 */
function isOld({ epochAndRound, observedAtSeconds, delivery, answer }: DecodedReport, feed: Feed): boolean {
  if (delivery === 'primary' && epochAndRound <= (feed.epochAndRound ?? -1)) return true;
  if (observedAtSeconds === undefined || feed.observedAtSeconds === undefined) return false;
  if (observedAtSeconds === feed.observedAtSeconds) return answer === feed.answer;
  return observedAtSeconds < feed.observedAtSeconds;
}

function countRefusal(report: DecodedReport, { f }: Feed): RefusalReason | undefined {
  if (f === undefined) return undefined;
  const { protocol, signatures, observations } = report;
  if (signatures.length < f + 1) return 'tooFewSignatures';
  if (protocol === 'ocr2' && signatures.length > f + 1) return 'tooManySignatures';
  const leastObservations = protocol === 'ocr2' ? f + 1 : 2 * f + 1;
  return observations.length < leastObservations ? 'tooFewObservations' : undefined;
}

function answerRefusal(answer: bigint, { minAnswer, maxAnswer }: Feed): RefusalReason | undefined {
  if (minAnswer !== undefined && answer < minAnswer) return 'outsideMinMax';
  if (maxAnswer !== undefined && answer > maxAnswer) return 'outsideMinMax';
  return answer <= 0n ? 'nonPositiveAnswer' : undefined;
}
