// Types of every operation from the committed schema; `npm run generate` writes src/gql/, which is committed too.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  // The build runs in a copy outside the clone and says where the schema is.
  schema: process.env.HOLDFAST_SCHEMA ?? '../schema/schema.graphql',
  documents: ['src/**/*.{ts,tsx}', '!src/gql/**'],
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: { DateTime: 'string', BigInt: 'string', Arn: 'string', AwsAccountId: 'string', JSON: 'unknown' },
      },
    },
  },
};

export default config;
