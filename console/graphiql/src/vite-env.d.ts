declare module 'monaco-editor/esm/vs/language/json/json.worker.js?worker' {
  const factory: new () => Worker;
  export default factory;
}
declare module 'monaco-graphql/esm/graphql.worker.js?worker' {
  const factory: new () => Worker;
  export default factory;
}
declare module 'monaco-editor/esm/vs/editor/editor.worker.js?worker' {
  const factory: new () => Worker;
  export default factory;
}
