// The yardstick of the page benchmark: mercurius with its JIT over better-sqlite3, on Holdfast's own database file.
// Usage: node mercurius.mjs PORT DATABASE. No authorisation, no limits; one joined statement a page, prepared once.
// Not for: production. Invariant: it answers the benchmark's query from the same rows as Holdfast.
import Database from "better-sqlite3";
import Fastify from "fastify";
import mercurius from "mercurius";

const [port, file] = process.argv.slice(2);
const database = new Database(file, { readonly: true });
const page = database.prepare(`
  SELECT a.id, a.name, a.kind, a.region, a.native_id, p.id AS policy_id, p.name AS policy_name, p.is_active,
         r.id AS point_id, r.taken_at, r.status, r.size_bytes
  FROM assets a
  LEFT JOIN policies p ON p.id = a.policy_id
  LEFT JOIN recovery_points r ON r.id = (
    SELECT n.id FROM recovery_points n WHERE n.asset_id = a.id AND n.status = 'available' ORDER BY n.taken_at DESC, n.id DESC LIMIT 1)
  WHERE a.deleted_at IS NULL
  ORDER BY a.name_key, a.id LIMIT ?`);
const id = (prefix, bytes) => `${prefix}_${bytes.toString("hex")}`;

const schema = `
  type Policy { id: ID! name: String! isActive: Boolean! }
  type RecoveryPoint { id: ID! takenAt: String! status: String! sizeBytes: String! }
  type Asset {
    id: ID! name: String! kind: String! region: String! nativeId: String!
    policy: Policy lastRecoveryPoint: RecoveryPoint
  }
  type Assets { nodes: [Asset!]! }
  type Query { assets(first: Int!): Assets! }`;

function asset(row) {
  return {
    id: id("asset", row.id),
    name: row.name,
    kind: row.kind.toUpperCase(),
    region: row.region,
    nativeId: row.native_id,
    policy: row.policy_id && { id: id("policy", row.policy_id), name: row.policy_name, isActive: row.is_active === 1 },
    lastRecoveryPoint: row.point_id && {
      id: id("point", row.point_id),
      takenAt: new Date(row.taken_at).toISOString(),
      status: row.status.toUpperCase(),
      sizeBytes: String(row.size_bytes),
    },
  };
}

const app = Fastify();
app.register(mercurius, {
  schema,
  resolvers: { Query: { assets: (_, { first }) => ({ nodes: page.all(first).map(asset) }) } },
  jit: 1,
});
await app.listen({ port: Number(port), host: "127.0.0.1" });
