import { createRequest, type Client, type Operation, type OperationResult, makeOperation, CombinedError, gql } from 'urql';
import { map, makeSubject, pipe, subscribe } from 'wonka';
import { describe, expect, it, vi } from 'vitest';
import { proofExchange, Proofs } from './proof';

const refusal = (code: string) => new CombinedError({ graphQLErrors: [{ message: code, extensions: { code } }] });

function world(answers: (string | null)[]) {
  const proofs = new Proofs();
  const ended = vi.fn();
  const sent: Operation[] = [];
  const results: OperationResult[] = [];
  const { source, next } = makeSubject<Operation>();
  const client = {} as Client;
  const exchange = proofExchange(proofs, ended)({
    client,
    dispatchDebug: () => undefined,
    forward: map((operation) => {
      sent.push(operation);
      const code = answers.shift() ?? null;
      return { operation, data: code == null ? { done: true } : null, ...(code == null ? {} : { error: refusal(code) }), stale: false, hasNext: false };
    }),
  });
  pipe(exchange(source), subscribe((result) => { results.push(result); }));
  let key = 0;
  const send = (kind: 'mutation' | 'query') => {
    key += 1;
    next(makeOperation(kind, { ...createRequest(gql`query { a }`, {}), key }, { url: '/', requestPolicy: 'network-only' }));
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
    expect(results.map((one) => one.data as unknown)).toEqual([{ done: true }]);
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

it('the end of the session is noticed', () => {
  const { ended, send } = world(['UNAUTHENTICATED']);
  send('query');
  expect(ended).toHaveBeenCalledOnce();
});
