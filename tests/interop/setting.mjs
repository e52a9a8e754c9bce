// Where the servers under test are, and documents for them to fetch.
import { readFileSync, writeFileSync } from 'node:fs';

export const server = process.env.CIMD_SERVER;
export const gateway = process.env.CIMD_GATEWAY;
export const token = process.env.CIMD_TOKEN;
export const origin = process.env.CIMD_ORIGIN;
export const packages = process.env.CIMD_PACKAGES;

// Options of the official SDK's sub-clients that lead them to the gateway.
export const sdk = { baseUrl: `${gateway}/api/v2`, token, maxRetries: 0 };

export function publish(path, values = {}) {
  const file = process.env.CIMD_DOCUMENTS;
  let documents = {};
  try {
    documents = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // The first document.
  }
  documents[path] = {
    client_id: `${origin}${path}`,
    client_name: 'Interop Client',
    application_type: 'web',
    redirect_uris: ['https://client.example.net/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    ...values,
  };
  writeFileSync(file, JSON.stringify(documents));
  return `${origin}${path}`;
}
