// What the pages behind the links of mails have in common.
// Invariant: opening a page changes nothing, only sending its form does, so that scanners and previews use no link up.
import { useSearchParams } from 'react-router';
import { graphql } from '../gql';
import { Card, Way } from './Card';
import { session } from './text';

export const LINK_FORMS = graphql(`query LinkForms { signUpForm { termsVersion termsText passwordRules { rule charactersMin charactersMax } } }`);

/** The secret of the link. */
export function useToken(): string {
  return useSearchParams()[0].get('token') ?? '';
}

export function ToSignIn() {
  return <Way to="/">{session.signIn.title}</Way>;
}

/** A link that was cut by whatever showed it. */
export function NoLink() {
  return <Card title={session.noLink} hint={session.noLinkHint} footer={<ToSignIn />} />;
}
