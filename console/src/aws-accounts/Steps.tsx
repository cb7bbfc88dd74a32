// Where one is on the way to a connected account.
import { accounts } from './text';
import './accounts.css';

const NAMES = [accounts.connect.first, accounts.connect.second, accounts.connect.third];

export function Steps({ at }: { at: number }) {
  return (
    <ol className="steps" aria-label={accounts.connect.steps}>
      {NAMES.map((name, index) => <li key={name} data-state={index < at ? 'done' : index === at ? 'now' : 'later'} aria-current={index === at ? 'step' : undefined}><span aria-hidden="true">{index + 1}</span>{name}</li>)}
    </ol>
  );
}
