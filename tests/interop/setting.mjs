// Where the servers under test are, and documents for them to fetch.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const server = process.env.CIMD_SERVER;
export const gateway = process.env.CIMD_GATEWAY;
export const token = process.env.CIMD_TOKEN;
export const origin = process.env.CIMD_ORIGIN;
export const packages = process.env.CIMD_PACKAGES;

// Options of the official SDK's sub-clients that lead them to the gateway, with a token of the tenant's.
export const sdk = { baseUrl: `${gateway}/api/v2`, token: process.env.CIMD_TENANT_TOKEN, maxRetries: 0 };

// Has the origin serve a value as JSON; each in a file of its own, since the test files run side by side.
export function serve(path, value) {
  writeFileSync(join(process.env.CIMD_DOCUMENTS, encodeURIComponent(path)), JSON.stringify(value));
  return `${origin}${path}`;
}

export function publish(path, values = {}) {
  return serve(path, {
    client_id: `${origin}${path}`,
    client_name: 'Interop Client',
    application_type: 'web',
    redirect_uris: ['https://client.example.net/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    ...values,
  });
}

// `buf curl`, a generic gRPC client that knows nothing but the server's reflection.
export const buf = join(packages ?? '', 'node_modules/.bin/buf');
export const bufCurl = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge'];

export function call(method, body, headers = { Authorization: `Bearer ${token}` }) {
  const options = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const data = ['--data', JSON.stringify(body)];
  const out = execFileSync(buf, [...bufCurl, ...options, ...data, `http://${server}/${method}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(out);
}
