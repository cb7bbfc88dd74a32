// Passkeys as the browser has them: options and answers are the JSON that server and browser make, unread.
// Not for what is asked or done with them. Invariant: whatever the authenticator refuses is null, never an exception.

interface Options { publicKey: unknown }

const options = (json: string) => (JSON.parse(json) as Options).publicKey;

/** Whether this browser can do it at all; plain http on a name other than localhost cannot. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';
}

function answer(credential: Credential | null): string | null {
  return credential instanceof PublicKeyCredential ? JSON.stringify(credential.toJSON()) : null;
}

export async function createPasskey(json: string): Promise<string | null> {
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options(json) as PublicKeyCredentialCreationOptionsJSON);
    return answer(await navigator.credentials.create({ publicKey }));
  } catch {
    return null;
  }
}

export async function askPasskey(json: string): Promise<string | null> {
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options(json) as PublicKeyCredentialRequestOptionsJSON);
    return answer(await navigator.credentials.get({ publicKey }));
  } catch {
    return null;
  }
}
