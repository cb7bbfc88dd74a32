// What is shown instead of a page: there is none at this address, or it has failed.
import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { text } from '../text';
import { Empty, Page, Panel } from './parts';

export function NoPage() {
  return (
    <Page title={text.state.noPage}>
      <Panel><Empty title={text.state.noPageHint}><Button component={Link} to="/" variant="default">{text.state.home}</Button></Empty></Panel>
    </Page>
  );
}

/** A page that throws, or whose file is gone since the server was updated. */
export function Broken() {
  return (
    <Page title={text.state.broken}>
      <Panel><Empty title={text.state.brokenHint}><Button variant="default" onClick={() => { location.reload(); }}>{text.state.reload}</Button></Empty></Panel>
    </Page>
  );
}
