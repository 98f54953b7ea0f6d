// A headless browser.

import assert from 'node:assert/strict';

/** Follows redirects, with the cookies of one host, until a URL starts with `end`, and returns this URL. */
export async function browse(url, end) {
    const cookies = new Map();
    for (let hops = 0; hops < 10; hops++) {
        const cookie = [...cookies].map(pair => pair.join('=')).join('; ');
        const answer = await fetch(url, { headers: cookie ? { cookie } : {}, redirect: 'manual', signal: AbortSignal.timeout(10_000) });
        const location = answer.headers.get('location');
        assert.ok(location, `${url} answered ${answer.status}: ${await answer.text()}`);
        for (const set of answer.headers.getSetCookie()) {
            const [, name, value] = set.match(/^([^=]+)=([^;]*)/);
            cookies.set(name, value);
        }
        url = new URL(location, url);
        if (url.href.startsWith(end)) return url;
    }
    assert.fail(`too many redirects, the last to ${url}`);
}
