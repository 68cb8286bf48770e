"""The refusals of a sign-in, and when an account or an address is locked out (D01)."""

from dataclasses import dataclass

from chassis.domain import Refusal


class SignInRefused(Refusal):
    """The account does not exist, or the password is wrong (F005). Both get the same answer after the same time."""

    code = "SIGN_IN_REFUSED"
    status = 401
    message = "账号或密码不正确，请重新输入；忘记账号或密码请联系上级工会"


class CaptchaWrong(Refusal):
    """The answer is wrong or too late, or the captcha was used before (F006)."""

    code = "CAPTCHA_WRONG"
    status = 422
    message = "验证码不正确或已失效，请换一张验证码重新输入"


class TooManyCaptchas(Refusal):
    code = "TOO_MANY_CAPTCHAS"
    status = 429
    message = "获取验证码过于频繁，请几分钟后再试"


class AccountLockedOut(Refusal):
    code = "ACCOUNT_LOCKED_OUT"
    status = 403
    message = "该账号密码输错次数过多，已暂时锁定，请15分钟后再试，或请上级工会解锁"


class AddressLockedOut(Refusal):
    code = "ADDRESS_LOCKED_OUT"
    status = 429
    message = "当前网络登录失败次数过多，已暂时停止登录，请15分钟后再试"


class AccountUnusable(Refusal):
    """The password is right, but the account is locked by an administrator or closed."""

    code = "ACCOUNT_UNUSABLE"
    status = 403
    message = "该账号已被锁定或注销，请联系上级工会"


@dataclass(frozen=True, slots=True)
class Failures:
    """Sign-ins of the last fifteen minutes that failed or are being checked.

    An account *knows* a device, that is a browser, if it has signed in from there before. `of_account`: if the account
    knows the device of this request, the number of the account's failures from this device. If it does not, the number
    of the account's failures from all devices that it does not know. `from_address`: the failures of all accounts from
    the address of this request, but only from devices that the accounts do not know.
    """

    of_account: int
    from_address: int


def refuse_locked_out(failures: Failures, *, of_account: int, from_address: int, is_known_device: bool) -> None:
    """Raises AccountLockedOut or AddressLockedOut.

    Nobody can lock out another person forever. An attempt that is refused here is not counted, so a lock-out ends
    fifteen minutes after the counted failures. A browser from which the account has signed in before has a count of its
    own. So if other people enter wrong passwords in other browsers, this browser is not locked out, not even if they
    have the same address. A superior union can end a lock-out at once.
    """
    if failures.of_account >= of_account:
        raise AccountLockedOut
    if not is_known_device and failures.from_address >= from_address:
        raise AddressLockedOut
