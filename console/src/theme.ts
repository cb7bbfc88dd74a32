// One type scale, one spacing scale, one accent. Colours beyond the accent carry meaning and live in shell/Status.tsx.
import { createTheme, type CSSVariablesResolver } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'blue',
  // White text on these shades keeps 4.5:1.
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '6px', sm: '10px', md: '16px', lg: '24px', xl: '32px' },
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '20px' }, h2: { fontSize: '14px' }, h3: { fontSize: '13px' } } },
});

// Mantine's own dimmed grey and error red have 3.3:1 on white.
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-error': '#c92a2a', '--mantine-color-dimmed': '#5a6270', '--mantine-color-body': '#ffffff', '--hf-line': '#e3e6ea', '--hf-band': '#f6f7f9' },
  dark: { '--mantine-color-error': '#ff8787', '--mantine-color-dimmed': '#a3aab5', '--mantine-color-body': '#15171b', '--hf-line': '#2b2f36', '--hf-band': '#1b1e23' },
});
