// One type scale, one spacing scale, one ink. Actions are ink; colour carries meaning and nothing else, and lives in
// style.css under `data-tone` (shell/Status.tsx names the meanings). Sizes of controls are set once, here.
import { ActionIcon, Alert, Button, Checkbox, CheckboxGroup, createTheme, defaultVariantColorsResolver, Drawer, Menu, Modal, MultiSelect, NativeSelect, NumberInput, PasswordInput, Progress, Radio, RadioGroup, SegmentedControl, Select, Switch, Table, Tabs, TagsInput, Textarea, TextInput, Tooltip, type CSSVariablesResolver, type VariantColorsResolver } from '@mantine/core';

// Mantine decides the text on a filled button by the light scheme alone.
const onInk: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  const isInk = input.variant === 'filled' && (input.color == null || input.color === 'ink');
  return isInk ? { ...colors, color: 'var(--mantine-primary-color-contrast)' } : colors;
};

const CONTROL = { size: 'xs' } as const;
const FIELD = { size: 'xs', inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[] } as const;

export const theme = createTheme({
  primaryColor: 'ink',
  // Ink on paper, paper on ink; the text on both keeps far more than 4.5:1.
  primaryShade: { light: 8, dark: 2 },
  autoContrast: true,
  variantColorResolver: onInk,
  colors: {
    // Surfaces of the dark scheme have the hue of its ground.
    dark: ['#e3e8ee', '#c6ced8', '#a3adba', '#7d8896', '#39424e', '#252c37', '#1d232c', '#161b22', '#11161c', '#0f1318'],
    ink: ['#f4f6f8', '#e6eaee', '#d5dbe2', '#b4bdc8', '#8f9bab', '#6b7889', '#4b5868', '#344050', '#1f2a37', '#131b25'],
  },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '6px', sm: '10px', md: '16px', lg: '24px', xl: '32px' },
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '20px', lineHeight: '28px' }, h2: { fontSize: '13px', lineHeight: '18px' }, h3: { fontSize: '13px', lineHeight: '18px' } } },
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
    Alert: Alert.extend({ defaultProps: { variant: 'outline', p: 'sm' } }),
    Button: Button.extend({ defaultProps: CONTROL }),
    Checkbox: Checkbox.extend({ defaultProps: CONTROL }),
    Radio: Radio.extend({ defaultProps: CONTROL }),
    Switch: Switch.extend({ defaultProps: CONTROL }),
    TextInput: TextInput.extend({ defaultProps: FIELD }),
    MultiSelect: MultiSelect.extend({ defaultProps: FIELD }),
    TagsInput: TagsInput.extend({ defaultProps: FIELD }),
    CheckboxGroup: CheckboxGroup.extend({ defaultProps: CONTROL }),
    RadioGroup: RadioGroup.extend({ defaultProps: CONTROL }),
    Textarea: Textarea.extend({ defaultProps: FIELD }),
    PasswordInput: PasswordInput.extend({ defaultProps: FIELD }),
    NumberInput: NumberInput.extend({ defaultProps: FIELD }),
    Select: Select.extend({ defaultProps: { ...FIELD, allowDeselect: false } }),
    NativeSelect: NativeSelect.extend({ defaultProps: FIELD }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: CONTROL }),
    Progress: Progress.extend({ defaultProps: { size: 6, color: 'blue.6' } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 7, horizontalSpacing: 10, fz: 'sm' } }),
    Tabs: Tabs.extend({ defaultProps: { keepMounted: false } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', transitionProps: { duration: 0 } } }),
    // A header inside of a dialog is none of the page.
    Modal: Modal.extend({ defaultProps: { transitionProps: { duration: 0 }, overlayProps: { backgroundOpacity: 0.35 }, attributes: { header: { role: 'none' } } } }),
    Drawer: Drawer.extend({ defaultProps: { transitionProps: { duration: 0 }, overlayProps: { backgroundOpacity: 0.35 }, attributes: { header: { role: 'none' } } } }),
    // Within the landmark that it tells about: at the end of the body it is part of no region of the page.
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 250, transitionProps: { duration: 0 }, fz: 'xs', portalProps: { target: '#content' } } }),
  },
});

// Mantine's own dimmed grey and error red have 3.3:1 on white; the shade of ink in the dark leaves other colours almost white there.
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-error': '#b42318', '--mantine-color-dimmed': '#596373', '--mantine-color-body': '#ffffff', '--mantine-color-text': '#17202b', '--mantine-color-default-border': '#cfd6de', '--mantine-color-placeholder': '#657081',
    '--hf-ground': '#f7f8fa', '--hf-line': '#e2e6eb', '--hf-band': '#eef1f4', '--hf-link': '#1a56b8', '--hf-good': '#1f8a4c', '--hf-bad': '#c4262e', '--hf-busy': '#1d6fd8', '--hf-warn': '#b96a00', '--hf-idle': '#8a95a3', '--hf-soft': '#c9d1da', '--hf-chart-1': '#8a95a3', '--hf-chart-2': '#1d6fd8',
  },
  dark: {
    '--mantine-color-error': '#ff9c94', '--mantine-color-orange-outline': '#f0a548', '--mantine-color-red-outline': '#ff7a7a', '--mantine-color-red-filled': '#ff8a8a', '--mantine-color-red-filled-hover': '#ff9d9d', '--mantine-color-dimmed': '#a3adba', '--mantine-color-body': '#161b22', '--mantine-color-text': '#e3e8ee', '--mantine-color-default': '#1d232c', '--mantine-color-default-hover': '#252c37', '--mantine-color-default-border': '#39424e', '--mantine-color-placeholder': '#98a3b1',
    '--hf-ground': '#0f1318', '--hf-line': '#272e38', '--hf-band': '#1f2630', '--hf-link': '#8ab8ff', '--hf-good': '#4cc27e', '--hf-bad': '#ff7a7a', '--hf-busy': '#5aa2ff', '--hf-warn': '#f0a548', '--hf-idle': '#7d8896', '--hf-soft': '#3d4754', '--hf-chart-1': '#98a3b1', '--hf-chart-2': '#5aa2ff',
  },
});
