// An authorization server in Node whose token endpoint verifies private_key_jwt: what VerifyClientAssertion is measured
// beside. Two workers, as this machine's two cores allow. Writes its port to a file when it can be
// asked.
//   node oidc_provider.mjs CLIENT_ID JWK FILE
import cluster from 'node:cluster';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [clientId, jwk, portFile] = process.argv.slice(2);
const workers = 2;

if (cluster.isPrimary) {
  let listening = 0;
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => {
      for (let i = 0; i < workers; ++i) cluster.fork({ PORT: String(port) });
    });
    cluster.on('listening', () => {
      if (++listening === workers) writeFileSync(portFile, `${port}\n`);
    });
  });
} else {
  // The primary is killed when it has been measured.
  process.on('disconnect', () => process.exit());
  const port = Number(process.env.PORT);
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [{
      client_id: clientId,
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [JSON.parse(jwk)] },
    }],
    clientAuthMethods: ['private_key_jwt'],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  });
  createServer(provider.callback()).listen(port, '127.0.0.1');
}
