// Settings of a provider, new or changed. Invariant: a stored client secret is never shown and stays when its field is empty.
import { Checkbox, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, type Problems } from '../act';
import type { IdentityProviderSettingsInput } from '../gql/graphql';
import { Password } from '../session/Password';
import { providers } from './text';

const words = providers.form;
export type Kind = 'oidc' | 'saml';

export interface Known {
  name: string;
  oidc?: { issuer: string; clientId: string; groupsClaim: string; hasClientSecret: boolean } | null | undefined;
  saml?: { emailAttribute?: string | null; nameAttribute?: string | null; groupsAttribute?: string | null; allowsUnsolicited: boolean; needsSignedAssertion: boolean } | null | undefined;
}

interface SettingsFormProps {
  known?: Known;
  act: { busy: boolean; problems: Problems; at: (field: string) => string | undefined };
  onSubmit: (name: string, settings: IdentityProviderSettingsInput) => void;
  onCancel?: () => void;
}

const FIELDS = ['name', 'settings.oidc.issuer', 'settings.oidc.clientId', 'settings.oidc.clientSecret', 'settings.oidc.groupsClaim', 'settings.saml.metadata', 'settings.saml.emailAttribute', 'settings.saml.nameAttribute', 'settings.saml.groupsAttribute'];

/** Empty is absent: the server has a default. */
const given = (text: string) => (text.trim() === '' ? null : text.trim());

export function SettingsForm({ known, act, onSubmit, onCancel }: SettingsFormProps) {
  const [kind, setKind] = useState<Kind>(known?.saml == null ? 'oidc' : 'saml');
  const [name, setName] = useState(known?.name ?? '');
  const [oidc, setOidc] = useState({ issuer: known?.oidc?.issuer ?? '', clientId: known?.oidc?.clientId ?? '', clientSecret: '', groupsClaim: known?.oidc?.groupsClaim ?? '' });
  const [saml, setSaml] = useState({ metadata: '', emailAttribute: known?.saml?.emailAttribute ?? '', nameAttribute: known?.saml?.nameAttribute ?? '', groupsAttribute: known?.saml?.groupsAttribute ?? '' });
  const [allowsUnsolicited, setUnsolicited] = useState(known?.saml?.allowsUnsolicited ?? false);
  const [needsSignedAssertion, setSigned] = useState(known?.saml?.needsSignedAssertion ?? false);

  const settings: IdentityProviderSettingsInput = kind === 'oidc'
    ? { oidc: { issuer: oidc.issuer.trim(), clientId: oidc.clientId.trim(), clientSecret: given(oidc.clientSecret), groupsClaim: given(oidc.groupsClaim) } }
    : { saml: { metadata: saml.metadata, emailAttribute: given(saml.emailAttribute), nameAttribute: given(saml.nameAttribute), groupsAttribute: given(saml.groupsAttribute), allowsUnsolicited, needsSignedAssertion } };
  const oidcField = (field: keyof typeof oidc) => ({ value: oidc[field], error: act.at(`settings.oidc.${field}`), onChange: (event: { currentTarget: { value: string } }) => { setOidc({ ...oidc, [field]: event.currentTarget.value }); } });
  const samlField = (field: keyof typeof saml) => ({ value: saml[field], error: act.at(`settings.saml.${field}`), onChange: (event: { currentTarget: { value: string } }) => { setSaml({ ...saml, [field]: event.currentTarget.value }); } });

  return (
    <Form act={act} fields={FIELDS} submit={known == null ? words.create : words.save} onSubmit={() => { onSubmit(name, settings); }} {...(onCancel == null ? {} : { onCancel })}>
      {known == null && <SegmentedControl aria-label={providers.kind} data={[{ value: 'oidc', label: providers.oidc }, { value: 'saml', label: providers.saml }]} value={kind} onChange={(chosen) => { setKind(chosen === 'saml' ? 'saml' : 'oidc'); }} />}
      <TextInput label={providers.name} description={providers.nameHint} value={name} error={act.at('name')} onChange={(event) => { setName(event.currentTarget.value); }} />
      {kind === 'oidc' ? (
        <>
          <TextInput label={words.issuer} description={words.issuerHint} disabled={known != null} {...oidcField('issuer')} />
          <TextInput label={words.clientId} disabled={known != null} autoComplete="off" {...oidcField('clientId')} />
          <Password label={words.clientSecret} description={known?.oidc?.hasClientSecret === true ? words.secretKept : words.secretHint} autoComplete="off" {...oidcField('clientSecret')} />
          <TextInput label={words.groupsClaim} description={words.groupsClaimHint} {...oidcField('groupsClaim')} />
        </>
      ) : (
        <>
          <Textarea label={words.metadata} description={words.metadataHint} autosize minRows={5} maxRows={12} className="xml" {...samlField('metadata')} />
          <TextInput label={words.emailAttribute} description={words.usual} {...samlField('emailAttribute')} />
          <TextInput label={words.nameAttribute} {...samlField('nameAttribute')} />
          <TextInput label={words.groupsAttribute} {...samlField('groupsAttribute')} />
          <Checkbox label={words.signedAssertion} checked={needsSignedAssertion} onChange={(event) => { setSigned(event.currentTarget.checked); }} />
          <Checkbox label={words.unsolicited} description={words.unsolicitedHint} checked={allowsUnsolicited} onChange={(event) => { setUnsolicited(event.currentTarget.checked); }} />
        </>
      )}
    </Form>
  );
}
