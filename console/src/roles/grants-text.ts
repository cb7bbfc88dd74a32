// Words of choosing roles at units.
export const grants = { role: 'Role', unit: 'Organizational unit', choose: 'Choose …', add: 'Another role', remove: (number: number) => `Remove role ${number}`, none: 'Choose at least one role and unit.' } as const;
