import { err, ok, type Result } from '@countersign/core/result.ts';
import type { PartitionAnswer } from './client.ts';

/**
 * Whether a resolved `send()` really says that this one partition was written. kafkajs can resolve without having written
 * anything: with an empty list after a connection race, or with a partition left out when leadership moved in between. So only
 * one shape counts, and everything else means: throw the client away and send the same batch again.
 * @returns the offset of the batch's first record, decimal; or what was odd
 */
export function verifyAnswer(
  answer: readonly PartitionAnswer[],
  expected: { readonly topic: string; readonly partition: number },
): Result<string, string> {
  const [only, ...others] = answer;
  if (only === undefined) return err('the answer names no partition');
  if (others.length > 0) return err(`the answer names ${answer.length} partitions instead of one`);
  if (only.topic !== expected.topic) return err('the answer is about another topic');
  if (only.partition !== expected.partition) return err(`the answer is about partition ${only.partition}`);
  if (only.errorCode !== 0) return err(`the answer carries error code ${only.errorCode}`);
  if (only.baseOffset === undefined || !/^\d+$/.test(only.baseOffset)) return err('the answer carries no offset');
  return ok(only.baseOffset);
}
