// Dangerous mutations answer PROOF_NEEDED; this asks the person once and sends the mutation again, so that no page knows of it.
// Also notices that the session has ended. Not for the dialog itself (ProveDialog). Invariant: one question at a time, however
// many mutations wait for it, and a mutation that was not proven is answered with its refusal.
import type { CombinedError, Exchange, Operation, OperationResult } from 'urql';
import { filter, fromPromise, makeSubject, merge, mergeMap, pipe, share } from 'wonka';

export function codeOf(error: CombinedError | undefined): string | undefined {
  const code = error?.graphQLErrors[0]?.extensions.code;
  return typeof code === 'string' ? code : undefined;
}

function hasViewer(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'viewer' in data && data.viewer != null;
}

type Watcher = () => void;

/** The question that waits for an answer, if there is one. */
export class Proofs {
  private waiting: { answer: Promise<boolean>; settle: (proven: boolean) => void } | null = null;
  private readonly watchers = new Set<Watcher>();

  readonly isAsking = (): boolean => this.waiting != null;

  readonly watch = (watcher: Watcher): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  ask(): Promise<boolean> {
    if (this.waiting != null) return this.waiting.answer;
    let settle: (proven: boolean) => void = () => undefined;
    const answer = new Promise<boolean>((resolve) => { settle = resolve; });
    this.waiting = { answer, settle };
    this.tell();
    return answer;
  }

  readonly settle = (proven: boolean): void => {
    const { waiting } = this;
    this.waiting = null;
    waiting?.settle(proven);
    this.tell();
  };

  private tell() {
    this.watchers.forEach((watcher) => { watcher(); });
  }
}

export const proofs = new Proofs();

/** Pause before a stream of an old cookie begins anew: by then the socket of before is closed. */
const STREAM_PAUSE_MS = 3000;

/** `onEnded` is called when the server no longer knows the session. */
export function proofExchange(asked: Proofs, onEnded: () => void): Exchange {
  return ({ forward }) => (operations) => {
    const again = makeSubject<Operation>();
    const repeated = new Set<number>();
    // Strangers are refused too: only a session that was known can end. A proof replaces the cookie, and what was on its way with
    // the old one is refused; so it is sent once more before the session is given up.
    let known = false;
    const notice = ({ operation, data, error }: OperationResult<unknown>): boolean => {
      if (hasViewer(data)) known = true;
      const refused = known && codeOf(error) === 'UNAUTHENTICATED';
      if (refused && operation.kind === 'subscription') {
        // Its socket is about to be closed; questions, not streams, decide whether the session is over.
        setTimeout(() => { again.next(operation); }, STREAM_PAUSE_MS);
        return false;
      }
      if (refused && !repeated.has(operation.key)) {
        repeated.add(operation.key);
        again.next(operation);
        return false;
      }
      repeated.delete(operation.key);
      if (!refused) return true;
      known = false;
      onEnded();
      return true;
    };
    const answer = async (result: OperationResult): Promise<OperationResult | null> => {
      if (!(await asked.ask())) return result;
      again.next(result.operation);
      return null;
    };
    const results = pipe(merge([operations, again.source]), forward, share);
    const needsProof = (result: OperationResult) => result.operation.kind === 'mutation' && codeOf(result.error) === 'PROOF_NEEDED';
    const plain = pipe(results, filter((result) => !needsProof(result) && notice(result)));
    const proven = pipe(
      results,
      filter(needsProof),
      mergeMap((result) => fromPromise(answer(result))),
      filter((result): result is OperationResult => result != null),
    );
    return merge([plain, proven]);
  };
}
