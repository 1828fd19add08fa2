/** A `mailto:` link; addresses can contain characters that are special in URLs: `a+b?c&d@example.com`. */
export function mailto(address: string): string {
  const at = address.lastIndexOf('@')
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)]
  return `mailto:${encodeURIComponent(local)}@${encodeURIComponent(domain)}`
}
