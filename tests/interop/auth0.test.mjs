// The official npm package `auth0`, as it comes, against the gateway.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ClientsClient } from 'auth0/clients';
import { SettingsClient } from 'auth0/tenants/settings';
import { gateway, origin, publish, sdk } from './setting.mjs';

const clients = new ClientsClient(sdk);
const settings = new SettingsClient(sdk);

before(async () => {
  await settings.update({ client_id_metadata_document_supported: true });
});

test('tenant settings are read and patched', async () => {
  const changed = await settings.update({ resource_parameter_profile: 'compatibility' });
  assert.equal(changed.resource_parameter_profile, 'compatibility');
  const read = await settings.get();
  assert.equal(read.client_id_metadata_document_supported, true);
  assert.equal(read.resource_parameter_profile, 'compatibility');
});

test('preview maps and validates without storing', async () => {
  const url = publish('/preview.json', { client_uri: 'https://client.example.net', made_up: 1 });
  const preview = await clients.previewCimdMetadata({ external_client_id: url });
  assert.equal(preview.validation.valid, true);
  assert.deepEqual(preview.validation.violations, []);
  assert.match(preview.validation.warnings.join(), /Ignoring unsupported properties: .*made_up/);
  assert.equal(preview.mapped_fields.name, 'Interop Client');
  assert.equal(preview.mapped_fields.app_type, 'regular_web');
  assert.deepEqual(preview.mapped_fields.callbacks, ['https://client.example.net/callback']);
  assert.equal(preview.client_id, undefined);
});

test('preview answers with errors when the document cannot be fetched', async () => {
  const preview = await clients.previewCimdMetadata({ external_client_id: `${origin}/nothing-here.json` });
  assert.equal(preview.errors.length, 1);
  assert.equal(preview.validation, undefined);
});

test('register creates, then updates', async () => {
  const url = publish('/register.json');
  const created = await clients.registerCimdClient({ external_client_id: url }).withRawResponse();
  assert.equal(created.rawResponse.status, 201);
  assert.match(created.data.client_id, /^tpc_[0-9A-Za-z]{22}$/);
  assert.equal(created.rawResponse.headers.get('location'), `/api/v2/clients/${created.data.client_id}`);
  publish('/register.json', { client_name: 'Renamed' });
  const updated = await clients.registerCimdClient({ external_client_id: url }).withRawResponse();
  assert.equal(updated.rawResponse.status, 200);
  assert.equal(updated.data.client_id, created.data.client_id);
  assert.equal(updated.data.mapped_fields.name, 'Renamed');
});

test('a client is read, patched, and deleted', async () => {
  const url = publish('/crud.json');
  const { client_id } = await clients.registerCimdClient({ external_client_id: url });
  const client = await clients.get(client_id);
  assert.equal(client.external_client_id, url);
  assert.equal(client.external_metadata_type, 'cimd');
  assert.equal(client.external_metadata_created_by, 'admin');
  assert.equal(client.is_first_party, false);
  assert.equal(client.third_party_security_mode, 'strict');
  assert.equal(client.token_endpoint_auth_method, 'none');
  assert.equal(client.refresh_token.rotation_type, 'rotating');
  const patched = await clients.update(client_id, { description: 'patched', client_metadata: { team: 'a' } });
  assert.equal(patched.description, 'patched');
  assert.deepEqual(patched.client_metadata, { team: 'a' });
  await assert.rejects(clients.update(client_id, { callbacks: ['https://evil.example.org/'] }), (error) => {
    assert.equal(error.statusCode, 400);
    assert.equal(error.body.errorCode, 'invalid_body');
    assert.match(error.body.message, /callbacks/);
    return true;
  });
  await clients.delete(client_id);
  await clients.delete(client_id);
  await assert.rejects(clients.get(client_id), (error) => {
    assert.equal(error.statusCode, 404);
    assert.equal(error.body.errorCode, 'inexistent_client');
    return true;
  });
});

test('list pages through all clients, and finds one by its URL', async () => {
  const urls = [];
  for (let i = 0; i < 5; ++i) {
    urls.push(publish(`/list/${i}.json`));
    await clients.registerCimdClient({ external_client_id: urls[i] });
  }
  const found = [];
  for await (const client of await clients.list({ per_page: 2 })) found.push(client.external_client_id);
  for (const url of urls) assert.ok(found.includes(url), url);
  const one = await clients.list({ external_client_id: urls[3] });
  assert.deepEqual(one.data.map((client) => client.external_client_id), [urls[3]]);
  // The SDK lists clients by offset; the checkpoint form is for others.
  const walked = [];
  let next = '';
  do {
    const from = next && `&from=${encodeURIComponent(next)}`;
    const answer = await fetch(`${gateway}/api/v2/clients?take=2${from}`, { headers: { Authorization: `Bearer ${sdk.token}` } });
    assert.equal(answer.status, 200);
    const page = await answer.json();
    assert.ok(page.clients.length <= 2);
    walked.push(...page.clients.map((client) => client.external_client_id));
    next = page.next;
  } while (next);
  assert.deepEqual(walked, found);
});

test('what is wrong is told in the shape that the SDK understands', async () => {
  await assert.rejects(clients.previewCimdMetadata({ external_client_id: 'http://client.example.net/x' }), (error) => {
    assert.equal(error.statusCode, 400);
    assert.equal(error.body.error, 'Bad Request');
    assert.match(error.body.message, /external_client_id/);
    return true;
  });
  const url = publish('/secret.json', { token_endpoint_auth_method: 'client_secret_basic' });
  await assert.rejects(clients.registerCimdClient({ external_client_id: url }), (error) => {
    assert.equal(error.statusCode, 400);
    assert.match(error.body.message, /cannot be applied/);
    return true;
  });
  const stranger = new ClientsClient({ ...sdk, token: 'wrong' });
  await assert.rejects(stranger.list(), (error) => {
    assert.equal(error.statusCode, 401);
    return true;
  });
});

test('the OAuth-facing registration speaks RFC 7591', async () => {
  const url = publish('/oauth.json');
  const register = (body) =>
    fetch(`${gateway}/register`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${sdk.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const created = await register({ external_client_id: url });
  assert.equal(created.status, 201);
  assert.equal(created.headers.get('cache-control'), 'no-store');
  const information = await created.json();
  assert.equal(information.client_id, url);
  assert.deepEqual(information.redirect_uris, ['https://client.example.net/callback']);
  const bad = await register({ external_client_id: publish('/bad.json', { redirect_uris: ['javascript:alert(1)'] }) });
  assert.equal(bad.status, 400);
  assert.equal((await bad.json()).error, 'invalid_redirect_uri');
});
