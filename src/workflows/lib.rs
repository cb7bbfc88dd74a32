//! What a task of each kind does, as steps with do and undo.
