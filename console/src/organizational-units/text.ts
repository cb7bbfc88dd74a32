// Words of organizational units.
export const units = {
  title: 'Organizational units', hint: 'AWS accounts and policies lie in a unit. Whoever has a role at a unit has it in all units below.', name: 'Name', add: 'New unit', addBelow: 'New unit below', rename: 'Rename', move: 'Move', remove: 'Delete', more: (name: string) => `Actions for ${name}`, root: 'whole organization',
  addTitle: (parent: string) => `New unit below ${parent}`, create: 'Create', renameTitle: (name: string) => `Rename ${name}`, save: 'Save', moveTitle: (name: string) => `Move ${name}`, parent: 'Below', moveHint: 'The unit goes with all that lies in it. Who may see it changes at once.', moveSubmit: 'Move',
  removeTitle: (name: string) => `Delete ${name}?`, heir: 'Accounts, policies and units below go to', removeHint: 'Roles that people have at this unit end: moving them would widen them.', none: 'There are no units below the root yet.',
} as const;
