// Which page a stranger sees at which address. Not for anything that needs a session.
import { useMemo } from 'react';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { ForgotPassword } from './ForgotPassword';
import { AcceptInvitation, ConfirmSignUp, ResetPassword } from './Links';
import { SignIn } from './SignIn';
import { SignUp } from './SignUp';



interface DoorProps { onSignedIn: () => void; ended: boolean }

export default function Door({ onSignedIn, ended }: DoorProps) {
  const router = useMemo(
    () => createBrowserRouter([
      { path: '/sign-up', element: <SignUp /> },
      { path: '/forgot-password', element: <ForgotPassword /> },
      { path: '/confirm-sign-up', element: <ConfirmSignUp /> },
      { path: '/reset-password', element: <ResetPassword /> },
      { path: '/accept-invitation', element: <AcceptInvitation /> },
      // Any room: whoever signs in there is where the link has led.
      { path: '*', element: <SignIn onSignedIn={onSignedIn} ended={ended} /> },
    ], { basename: '/console' }),
    [onSignedIn, ended],
  );
  return <RouterProvider router={router} />;
}
