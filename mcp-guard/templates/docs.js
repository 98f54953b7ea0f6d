'use strict';
(() => {
  const REVISION = '2026-07-28';
  const TEXTS = {
    200: 'OK', 202: 'Accepted', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found',
    405: 'Method Not Allowed', 413: 'Content Too Large', 429: 'Too Many Requests', 500: 'Internal Server Error',
    502: 'Bad Gateway', 503: 'Service Unavailable',
  };
  const find = id => document.getElementById(id);
  const form = find('form');
  const token = find('token');
  const operation = find('operation');
  const uri = find('uri');
  const args = find('arguments');
  // Not a path alone: `//host` would be another host.
  const endpoint = location.origin + form.dataset.endpoint;
  let request = 0;
  let sending = null;

  const isRead = option => option.dataset.method === 'resources/read';
  const takesArguments = option => ['tools/call', 'prompts/get'].includes(option.dataset.method);

  /** Enables the request while there is a token. */
  function lock() {
    const locked = token.value.trim() === '';
    find('request-part').disabled = locked;
    find('token-state').textContent = locked ? 'Enter a token to enable the form.' : 'The form is enabled.';
  }

  /** Shows the fields of the chosen operation. */
  function choose() {
    const option = operation.selectedOptions[0];
    find('uri-row').hidden = !isRead(option);
    find('arguments-row').hidden = !takesArguments(option);
    uri.value = isRead(option) ? option.dataset.name : '';
    args.value = takesArguments(option) ? option.dataset.arguments : '';
    complain('');
  }

  function complain(text) {
    find('arguments-error').textContent = text;
    if (text) args.setAttribute('aria-invalid', 'true');
    else args.removeAttribute('aria-invalid');
  }

  /** Returns the parameters of the request. Throws an error if the arguments are not a JSON object. */
  function parameters(option) {
    if (isRead(option)) return { uri: uri.value };
    if (!takesArguments(option)) return {};
    const value = JSON.parse(args.value.trim() || '{}');
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('expected a JSON object');
    return { name: option.dataset.name, arguments: value };
  }

  /** Encodes a header value as MCP does: as base64 unless it is plain ASCII. */
  function encoded(text) {
    const isPlain = /^(?:[!-~](?:[ -~]*[!-~])?)?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text);
    if (isPlain) return text;
    return `=?base64?${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}?=`;
  }

  /** Returns the arguments that the schema mirrors in headers. */
  function mirrored(option, params) {
    return JSON.parse(option.dataset.headers || '[]').flatMap(([header, ...path]) => {
      const value = path.reduce((found, name) => found?.[name], params.arguments);
      const isPrimitive = ['string', 'number', 'boolean'].includes(typeof value);
      return isPrimitive ? [[`Mcp-Param-${header}`, encoded(String(value))]] : [];
    });
  }

  function compose(option, secret) {
    const method = option.dataset.method;
    const params = parameters(option);
    const name = params.name ?? params.uri;
    const headers = [
      ['Authorization', `Bearer ${secret}`],
      ['Content-Type', 'application/json'],
      ['Accept', 'application/json, text/event-stream'],
      ['MCP-Protocol-Version', REVISION],
      ['Mcp-Method', method],
      ...(name === undefined ? [] : [['Mcp-Name', encoded(name)]]),
      ...mirrored(option, params),
    ];
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': REVISION,
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/clientInfo': { name: 'mcp-guard documentation page', version: '1' },
    };
    request += 1;
    const message = { jsonrpc: '2.0', id: request, method, params: { ...params, _meta } };
    return { headers, body: JSON.stringify(message, null, 2) };
  }

  /** Hides the token where a text repeats it. A text of a few characters would occur by chance. */
  const redacted = (text, secret) => (secret.length < 8 ? text : text.replaceAll(secret, '[redacted]'));
  const lines = headers => headers.map(([name, value]) => `${name}: ${value}\n`).join('');
  const statusLine = answer => `${answer.status} ${answer.statusText || TEXTS[answer.status] || ''}`.trim();

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  /** Describes a response in words. */
  function described(answer, message) {
    const status = `${statusLine(answer)}.`;
    const challenge = answer.headers.get('www-authenticate') ?? '';
    const scope = /\bscope="([^"]*)"/.exec(challenge)?.[1];
    if (answer.ok && message?.error) return ['bad', `${status} The response is a JSON-RPC error.`];
    if (answer.ok && message?.result?.isError) return ['bad', `${status} The tool reports an error.`];
    if (answer.ok) return ['good', `${status} The call succeeded.`];
    if (answer.status === 403 && scope) {
      return ['bad', `${status} The token lacks a scope. The challenge asks for: ${scope}`];
    }
    if (answer.status === 401) return ['bad', `${status} The server does not accept the token.`];
    return ['bad', `${status} The server rejected the request.`];
  }

  function report(state, text) {
    find('outcome').dataset.state = state;
    find('outcome').textContent = text;
  }

  /** Shows a response as it arrived. Challenges are emphasized. */
  function show(answer, body, secret) {
    const shown = find('shown-response');
    shown.replaceChildren(`HTTP ${statusLine(answer)}\n`);
    for (const [name, value] of answer.headers) {
      const line = document.createElement(name === 'www-authenticate' ? 'strong' : 'span');
      line.textContent = redacted(`${name}: ${value}\n`, secret);
      shown.append(line);
    }
    shown.append(`\n${redacted(body, secret)}`);
    const message = parsed(body);
    find('formatted').hidden = message === undefined;
    find('shown-body').textContent = message === undefined ? '' : redacted(JSON.stringify(message, null, 2), secret);
    return message;
  }

  async function send() {
    const secret = token.value.trim();
    let composed;
    try {
      composed = compose(operation.selectedOptions[0], secret);
    } catch (error) {
      complain(`Invalid arguments: ${error.message}`);
      args.focus();
      return;
    }
    complain('');
    const { headers, body } = composed;
    const shown = [['Authorization', 'Bearer [redacted]'], ...headers.slice(1)];
    find('shown-request').textContent = redacted(`POST ${endpoint}\n${lines(shown)}\n${body}`, secret);
    find('shown-response').textContent = '';
    find('formatted').hidden = true;
    find('exchange').hidden = false;
    report('busy', 'Sending the request.');
    const current = new AbortController();
    sending = current;
    find('cancel').hidden = false;
    try {
      const answer = await fetch(endpoint, {
        method: 'POST', headers, body, signal: current.signal, cache: 'no-store', redirect: 'error',
        referrerPolicy: 'no-referrer',
      });
      const text = await answer.text();
      report(...described(answer, show(answer, text, secret)));
    } catch (error) {
      const text = current.signal.aborted ? 'The request was canceled.' : `There is no response: ${error.message}`;
      report('bad', redacted(text, secret));
    } finally {
      sending = null;
      find('cancel').hidden = true;
    }
  }

  form.addEventListener('submit', event => {
    event.preventDefault();
    if (!sending && token.value.trim() !== '') send();
  });
  find('cancel').addEventListener('click', () => {
    sending?.abort();
    form.querySelector('[type=submit]').focus();
  });
  token.addEventListener('input', lock);
  operation.addEventListener('change', choose);
  // A page that is kept for the back button keeps its memory.
  window.addEventListener('pagehide', () => {
    token.value = '';
    lock();
  });
  for (const link of document.querySelectorAll('.choose')) {
    link.addEventListener('click', event => {
      event.preventDefault();
      find(link.dataset.operation).selected = true;
      choose();
      find('try').scrollIntoView();
      (token.value.trim() === '' ? token : operation).focus({ preventScroll: true });
    });
  }
  for (const button of document.querySelectorAll('.copy')) {
    // Only pages at https or on loopback may use the clipboard.
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(find(button.dataset.copies).textContent);
      find('copied').textContent = 'Copied.';
      button.firstChild.textContent = 'Copied';
      setTimeout(() => {
        button.firstChild.textContent = 'Copy';
        find('copied').textContent = '';
      }, 2000);
    });
  }
  find('no-script').hidden = true;
  find('token-part').disabled = false;
  find('elsewhere').hidden = location.origin === form.dataset.origin;
  lock();
  choose();
})();
