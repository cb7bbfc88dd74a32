import { createRequest, type Client, type Operation, type OperationResult, makeOperation, CombinedError } from 'urql';
import { map, makeSubject, pipe, subscribe } from 'wonka';
import { describe, expect, it, vi } from 'vitest';
import { proofExchange, Proofs } from './proof';

const refusal = (code: string) => new CombinedError({ graphQLErrors: [{ message: code, extensions: { code } }] });

function world(answers: (string | null)[]) {
  const proofs = new Proofs();
  const ended = vi.fn();
  const sent: Operation[] = [];
  const results: OperationResult[] = [];
  const subject = makeSubject<Operation>();
  const client = {} as Client;
  const exchange = proofExchange(proofs, ended)({
    client,
    dispatchDebug: () => undefined,
    forward: map((operation) => {
      sent.push(operation);
      const code = answers.shift() ?? null;
      return { operation, data: code == null ? { viewer: { id: 'v' } } : null, ...(code == null ? {} : { error: refusal(code) }), stale: false, hasNext: false };
    }),
  });
  pipe(exchange(subject.source), subscribe((result) => { results.push(result); }));
  let key = 0;
  const send = (kind: 'mutation' | 'query') => {
    key += 1;
    subject.next(makeOperation(kind, { ...createRequest('{ a }', {}), key }, { url: '/', requestPolicy: 'network-only' }));
  };
  return { proofs, ended, sent, results, send };
}
const settled = () => new Promise((resolve) => { setTimeout(resolve, 0); });

describe('a mutation that needs a proof', () => {
  it('is sent again once the person has proven herself', async () => {
    const { proofs, sent, results, send } = world(['PROOF_NEEDED', null]);
    send('mutation');
    expect(proofs.isAsking()).toBe(true);
    expect(results).toHaveLength(0);
    proofs.settle(true);
    await settled();
    expect(sent).toHaveLength(2);
    expect(results.map((one) => one.data as unknown)).toEqual([{ viewer: { id: 'v' } }]);
  });

  it('is answered with its refusal when the person gives up', async () => {
    const { proofs, sent, results, send } = world(['PROOF_NEEDED']);
    send('mutation');
    proofs.settle(false);
    await settled();
    expect(sent).toHaveLength(1);
    expect(results[0]?.error?.message).toContain('PROOF_NEEDED');
    expect(proofs.isAsking()).toBe(false);
  });

  it('shares one question with the others that wait', async () => {
    const { proofs, sent, results, send } = world(['PROOF_NEEDED', 'PROOF_NEEDED', null, null]);
    send('mutation');
    send('mutation');
    proofs.settle(true);
    await settled();
    expect(sent).toHaveLength(4);
    expect(results).toHaveLength(2);
  });

  it('does not keep other answers back, and queries never ask', () => {
    const { proofs, results, send } = world([null, 'PROOF_NEEDED']);
    send('mutation');
    send('query');
    expect(results).toHaveLength(2);
    expect(proofs.isAsking()).toBe(false);
  });
});

describe('the end of a session', () => {
  it('is noticed once, after a second try', async () => {
    const { ended, sent, send } = world([null, 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED']);
    send('query');
    send('query');
    await settled();
    send('query');
    expect(sent).toHaveLength(4);
    expect(ended).toHaveBeenCalledOnce();
  });

  it('is not what a replaced cookie looks like', async () => {
    const { ended, results, send } = world([null, 'UNAUTHENTICATED', null]);
    send('query');
    send('query');
    await settled();
    expect(ended).not.toHaveBeenCalled();
    expect(results).toHaveLength(2);
  });

  it('is not what strangers meet', () => {
    const { ended, send } = world(['UNAUTHENTICATED']);
    send('query');
    expect(ended).not.toHaveBeenCalled();
  });
});
