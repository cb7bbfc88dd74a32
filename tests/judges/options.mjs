// Command line of the judges: --name value pairs, --header 'name: value' as often as wanted.
// Not for: anything else. Invariant: an unknown option ends the judge with code 3, so that a typing error never passes.
export function options(known, flags = []) {
  const found = { headers: {} };
  const words = process.argv.slice(2);
  for (let at = 0; at < words.length; at += 1) {
    const name = words[at].replace(/^--/, '');
    if (name === 'header') {
      const [key, ...value] = words[(at += 1)].split(':');
      found.headers[key.trim().toLowerCase()] = value.join(':').trim();
    } else if (flags.includes(name)) {
      found[name] = true;
    } else if (known.includes(name)) {
      found[name] = words[(at += 1)];
    } else {
      console.error(`unknown option ${words[at]}; known: ${[...known, ...flags, 'header'].join(', ')}`);
      process.exit(3);
    }
  }
  return found;
}

// Counts what the checks find and ends the process: one line per check, 1 when any failed.
export class Tally {
  passed = 0;
  failed = 0;

  ok(name, detail = '') {
    this.passed += 1;
    console.log(`ok    ${name} ${detail}`.trimEnd());
  }

  bad(name, detail = '') {
    this.failed += 1;
    console.log(`FAIL  ${name} ${detail}`.trimEnd());
  }

  is(name, good, detail = '') {
    if (good) this.ok(name, detail);
    else this.bad(name, detail);
  }

  end(what) {
    console.log(`${what}: ${this.passed} passed, ${this.failed} failed`);
    process.exit(this.failed ? 1 : 0);
  }
}
