import { mailFileName } from './mail-file-name.js';

const mail = (id: string) => `From: a@b.example\r\nMessage-ID: ${id}\r\n\r\nHello`;

describe('the file name of a mail', () => {
  it('is the same for a redelivered mail', () => {
    expect(mailFileName(mail('<0190.receipt@bulwark>'))).toBe('0190.receipt@bulwark.eml');
    expect(mailFileName(mail('<0190.receipt@bulwark>'))).toBe(mailFileName(mail('<0190.receipt@bulwark>')));
  });

  it('follows a folded header', () => {
    expect(mailFileName('message-id:\r\n <a@b>\r\n\r\n')).toBe('a@b.eml');
  });

  it('never leaves the folder nor hides the file', () => {
    expect(mailFileName(mail('<../../etc/passwd>'))).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._@-]*\.eml$/);
  });

  it('keeps ids distinct that are alike once they are made safe', () => {
    expect(mailFileName(mail('<a/b@c>'))).not.toBe(mailFileName(mail('<a_b@c>')));
    expect(mailFileName(mail(`<${'x'.repeat(300)}1>`))).not.toBe(mailFileName(mail(`<${'x'.repeat(300)}2>`)));
  });

  it('is random when there is no id in the headers', () => {
    const withoutId = 'From: a@b.example\r\n\r\nMessage-ID: <not-a-header@b>\r\n';
    expect(mailFileName(withoutId)).not.toBe(mailFileName(withoutId));
  });
});
