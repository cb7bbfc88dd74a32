// A new provider; what is entered there, tested and activated follows on its page.
import { useNavigate } from 'react-router';
import { useAct } from '../act';
import { graphql } from '../gql';
import { Page, Panel } from '../shell/parts';
import { SettingsForm } from './SettingsForm';
import { providers as words } from './text';

const CREATE = graphql(`mutation CreateIdentityProvider($input: CreateIdentityProviderInput!) { createIdentityProvider(input: $input) { identityProvider { id } userErrors { field message } } }`);

export default function NewProvider() {
  const create = useAct(CREATE);
  const go = useNavigate();
  return (
    <Page title={words.add} way={[{ to: '/identity-providers', name: words.title }]}>
      <div className="thirds">
        <Panel padded>
          <SettingsForm act={create} onSubmit={(name, settings) => void create.run({ name, settings }).then((made) => { if (made?.identityProvider != null) void go(`/identity-providers/${made.identityProvider.id}`); })} />
        </Panel>
        <Panel title={words.then} padded><ul className="sentences"><li>{words.thenEnter}</li><li>{words.steps.testHint}</li><li>{words.steps.activateHint}</li></ul></Panel>
      </div>
    </Page>
  );
}
