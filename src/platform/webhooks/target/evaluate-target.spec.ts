import { evaluateTarget } from './evaluate-target.js';

const NEVER = [
  'no URL',
  '',
  '//partner.example/',
  'file:///etc/passwd',
  'gopher://partner.example/',
  'ftp://partner.example/',
  'javascript:alert(1)',
  'data:text/plain,x',
  'https://user@partner.example/',
  'https://user:word@partner.example/',
  'https://@partner.example/',
  'https://partner.example#x@127.0.0.1/',
  'https://partner.example/hooks#part',
  'https://partner.example/#',
  'https://partner.example:22/',
  'https://partner.example:25/',
  'https://partner.example:0/',
  'http://partner.example:22/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://127.1/',
  'https://127.0.1/',
  'https://127.0.0.1./',
  'https://127.0.0.01/',
  'https://１２７.0.0.1/',
  'https://127。0。0。1/',
  'https://%31%32%37.0.0.1/',
  'https://ⓔxample.com/',
  'https:\\\\127.0.0.1/',
  'https:/127.0.0.1/',
  'https:127.0.0.1',
  'https://127.0.0.1\\@partner.example/',
  ' https://partner.example/',
  'https://partner.example/\n',
  'https://part\tner.example/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[::]/',
  'https://0.0.0.0/',
  'https://169.254.169.254/latest/meta-data',
  'https://169.254.0.1/',
  'https://168.63.129.16/',
  'https://100.100.100.200/',
  'https://192.0.0.192/',
  'https://[fd00:ec2::254]/',
  'https://[FD00:0EC2:0::254]/',
  'https://[fd20:ce::254]/',
  'https://[fe80::1]/',
  'https://[fe80::1%25eth0]/',
  'https://100.64.0.1/',
  'https://192.0.2.7/',
  'https://198.51.100.7/',
  'https://203.0.113.7/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  'https://[2001::1]/',
  'https://[fec0::1]/',
];
const IN_DEVELOPMENT = [
  'http://127.0.0.1:9000/hooks',
  'http://localhost:3000/',
  'http://[::1]:8080/',
  'https://10.0.0.7/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://[fd12::1]/',
  'http://partner.example/',
  'https://partner.example:1024/',
];
const ALWAYS = [
  'https://partner.example/',
  'https://partner.example',
  'https://partner.example?a=b',
  'https://PARTNER.example/Hooks?tenant=7',
  'https://partner.example:443/',
  'https://partner.example:8443/',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]/',
  'https://[2606:4700:0:0::1111]:8443/',
  'https://xn--mnchen-3ya.example/',
  'https://partner.example/a@b',
];
const refusalOf = (text: string, policy: 'public-only' | 'development'): string | undefined => {
  const decision = evaluateTarget(text, policy);
  return 'refusal' in decision ? decision.refusal : undefined;
};

describe('evaluateTarget', () => {
  it.each(NEVER)('refuses %s everywhere, with a reason', (text) => {
    expect(refusalOf(text, 'development')).toMatch(/^\S.*\.$/);
    expect(refusalOf(text, 'public-only')).toMatch(/^\S.*\.$/);
  });

  it.each(IN_DEVELOPMENT)('allows %s in development only', (text) => {
    expect(refusalOf(text, 'development')).toBeUndefined();
  });

  it.each(IN_DEVELOPMENT)('refuses %s in production', (text) => {
    expect(refusalOf(text, 'public-only')).toMatch(/^\S.*\.$/);
  });

  it.each(ALWAYS)('allows %s everywhere', (text) => {
    expect(refusalOf(text, 'public-only')).toBeUndefined();
    expect(refusalOf(text, 'development')).toBeUndefined();
  });

  it('returns the host and the port that will be called', () => {
    expect(evaluateTarget('https://PARTNER.example/x', 'public-only')).toMatchObject({
      target: { host: 'partner.example', isAddress: false, port: 443 },
    });
    expect(evaluateTarget('http://[::1]:8080/x', 'development')).toMatchObject({
      target: { host: '::1', isAddress: true, port: 8080 },
    });
  });
});
