// Lint of schema/schema.graphql: graphql-eslint "schema-all" and "schema-relay" with the exceptions below.
// Not for: breaking changes. Invariant: an exception has its reason beside it. Run: make check-schema
import graphqlPlugin from '@graphql-eslint/eslint-plugin';

// In 4.4.1 the flat configs are plain { rules } objects; spread their rules.
const rulesOf = (name) => graphqlPlugin.configs[name].rules ?? graphqlPlugin.configs[name];
const rule = (name) => `@graphql-eslint/${name}`;

export default [
  {
    files: ['**/*.graphql'],
    languageOptions: {
      parser: graphqlPlugin.parser,
      parserOptions: { graphQLConfig: { schema: process.env.SCHEMA || './schema/schema.graphql' } },
    },
    plugins: { '@graphql-eslint': graphqlPlugin },
    rules: {
      ...rulesOf('flat/schema-all'),
      ...rulesOf('flat/schema-relay'),

      // Order by meaning, not by letter.
      [rule('alphabetize')]: 'off',
      // Wants a non-standard argument; a test of our own checks the "Removal on YYYY-MM-DD" sentence.
      [rule('require-deprecation-date')]: 'off',
      // Payloads return the changed object, not the query root.
      [rule('require-field-of-type-query-in-mutation-result')]: 'off',
      // The returned condition is a union, not a twin of the @oneOf input.
      [rule('require-type-pattern-with-oneof')]: 'off',
      // We do have all three roots.
      [rule('no-root-type')]: 'off',

      [rule('input-name')]: ['error', { checkInputType: true, caseSensitiveInputType: false }],
      [rule('strict-id-in-types')]: [
        'error',
        {
          acceptedIdNames: ['id'],
          acceptedIdTypes: ['ID'],
          exceptions: {
            // Values and parts of a node, which have no identity of their own.
            suffixes: [
              'Payload', 'Connection', 'Edge', 'Event', 'Summary', 'Preview', 'Condition', 'Abilities', 'Failure',
              'Lock', 'Head', 'Limit', 'Terms', 'Item', 'Error', 'Info', 'Duration', 'Frequency', 'Operation', 'Region', 'Actor',
            ],
            types: [
              'AssetCompliance', 'AssetComplianceHistory', 'AssetProtection', 'BackupWindow', 'CalendarHour',
              'CalendarRuns', 'ComplianceAccountCounts', 'ComplianceControlCounts', 'ComplianceControlStanding',
              'ComplianceControls', 'ComplianceCounts', 'ComplianceDay', 'ComplianceInterval',
              'ComplianceIntervalControl', 'ComplianceKindCounts', 'ComplianceReason', 'ComplianceUnitCounts',
              'ComplianceWindow', 'FailedTest', 'MissedRuns', 'PolicyMinimumsControlSettings', 'PolicyRun',
              'PolicyTemplate', 'ProofSample', 'ProofTarget', 'ProtectedControlSettings', 'ProtectionOrder',
              'ProtectionOrderEntry', 'ProtectionTraceEntry', 'ProvenControlSettings',
              'RecoveryPointsControlSettings', 'TagPair', 'TimeOfDay', 'VaultLockSupport',
            ],
          },
        },
      ],
      [rule('relay-arguments')]: ['error', { includeBoth: true }],
      // listTypeCanWrapOnlyEdgeType would forbid the `nodes` shortcut and every plain list.
      [rule('relay-edge-types')]: [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
];
