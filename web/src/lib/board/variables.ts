/** `$host` and `${host}` in titles and texts. What is not a variable stays as it is written. */
export function fillVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? "";
    if (!Object.hasOwn(variables, name)) return whole;
    const value = variables[name] as string;
    return value === "*" ? "any" : value;
  });
}
