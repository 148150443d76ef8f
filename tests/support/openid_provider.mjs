// A provider of identities for the tests of signing in: oidc-provider, which is certified for OpenID Connect.
//
// node openid_provider.mjs <node_modules> <port> <client as JSON> <accounts as JSON>
// An account is its claims under the name with which it signs in; any password is taken.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, port, client, accounts] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(join(modules, "oidc-provider", "lib", "index.js")));
const known = JSON.parse(accounts);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [JSON.parse(client)],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["groups"] },
  // Claims stand in the ID token, as Keycloak and Entra put them.
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ["of-the-tests"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...known[id] }) }),
  // Readers are not asked whether they agree: client and provider are of one house.
  async loadExistingGrant(context) {
    const grant = new provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
