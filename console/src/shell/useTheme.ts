// Light or dark; the browser keeps the choice, and until there is one the system decides.
import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useCallback } from 'react';

export function useTheme() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const flip = useCallback(() => { setColorScheme(scheme === 'dark' ? 'light' : 'dark'); }, [scheme, setColorScheme]);
  return { scheme, flip };
}
